using System.Text;
using Diagnose.Analyze.Output;
using Diagnose.Analyze.Stacks;

namespace Diagnose.Analyze.Flame;

/// <summary>
/// Writes one self-contained HTML file: the flame graph, when the hits came, the hottest functions, and the callers and
/// callees of each. All frames are in it, the thinnest too, so that its sums are those of every hit.
/// </summary>
internal static class PageWriter
{
    /// <summary>Writes the page as UTF-8; the stream stays open.</summary>
    /// <param name="timeline">When the hits came, by the nodes of the tree that was merged; null where that is not known.</param>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    public static void Write(FrameFigures figures, HitTimeline? timeline, FlameOptions options, Stream stream)
    {
        using var output = new StreamBuffer(stream);
        output.Write("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\""u8);
        EmbeddedFile.WritePolicy(output, "page.js", "page.css");
        output.Write("\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<title>"u8);
        XmlText.Write(output, Encoding.UTF8.GetBytes(options.Title));
        output.Write("</title>\n<style>"u8);
        EmbeddedFile.Write(output, "page.css");
        output.Write("</style>\n</head>\n<body>\n<main>\n"u8);
        output.Write("""
            <section id="when" class="flame" hidden>
            <div class="line"><h2>When</h2><span id="range" role="status"></span><button type="button" id="whole" hidden>whole time</button><span id="begin" class="quiet"></span></div>
            <svg id="timeline" class="flame" tabindex="0" role="application" aria-label="Timeline of hits: drag, or use the arrow keys, to choose a range"></svg>
            </section>
            <section id="graph">

            """u8);
        SvgWriter.WriteInPage(figures, timeline, options, output);
        output.Write("""
            </section>
            <section id="lists">
            <div><div class="line"><h2>Functions</h2><span id="only" hidden></span><span id="shown" class="quiet" role="status"></span></div>
            <table id="functions"></table><button type="button" id="more" hidden>more</button></div>
            <div id="neighbours"></div>
            </section>
            </main>
            <script>
            """u8);
        EmbeddedFile.Write(output, "page.js");
        output.Write("</script>\n</body>\n</html>\n"u8);
    }
}
