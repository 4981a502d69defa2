using System.Globalization;
using System.Text.Json.Nodes;
using Diagnose.Analyze.Flame;
using Diagnose.Analyze.Stacks;
using Diagnose.Analyze.Tests.Stacks;

namespace Diagnose.Analyze.Tests.Browser;

/// <summary>What has grown and shrunk between two recordings, as a graph and as a page.</summary>
[Collection(BrowserTests.Name)]
public sealed class DifferenceInBrowserTests(Chromium browser)
{
    // 100 hits before and 200 after in the same time.
    private static readonly (string, long)[] s_before = [("main;same", 50), ("main;less", 40), ("main;gone", 10)];
    private static readonly (string, long)[] s_after = [("main;same", 50), ("main;less", 10), ("main;new", 40), ("main;more;deep", 100)];

    private static DrawnFile Draw(string name, double ratio, Normalisation by)
    {
        StackDifference difference = StackDifferenceTests.Between(s_before, s_after, ratio);
        return DrawnFile.Difference(name, new DifferenceFigures(difference, by, 10, 10));
    }

    private static string Frame(string label) => $"Array.from(document.querySelectorAll('#frames g')).find(g => g.querySelector('text')?.textContent === {BrowserPage.Quoted(label)})";

    [Theory]
    [InlineData(1, "main +100.0% per second", "same equal", "less -75.0% per second", "gone vanished", "new appeared", "more appeared")]
    [InlineData(2, "main +0.0% as a share of all hits", "same -50.0% as a share of all hits", "less -87.5% as a share of all hits", "gone vanished", "new appeared", "more appeared")]
    public async Task Growth_is_told_by_colour_and_number(double ratio, params string[] told)
    {
        using DrawnFile file = Draw("diff.svg", ratio, ratio == 1 ? Normalisation.Duration : Normalisation.Hits);
        await using BrowserPage page = await browser.NewPage();
        string[] written = [.. System.Xml.Linq.XDocument.Load(file.Path).Descendants().Where(part => part.Name.LocalName == "rect" && part.Parent!.Elements().Any(other => other.Name.LocalName == "title"))
            .Select(rect => rect.Attribute("class")!.Value)];
        await page.Open(file.Path);
        JsonNode drawn = (await page.Run("Array.from(document.querySelectorAll('#frames rect'), rect => rect.getAttribute('class'))"))!;
        Assert.Equal(written, drawn.AsArray().Select(name => name!.GetValue<string>()));
        foreach (string one in told)
        {
            (string name, string change) = (one[..one.IndexOf(' ', StringComparison.Ordinal)], one[(one.IndexOf(' ', StringComparison.Ordinal) + 1)..]);
            await page.MoveTo(Frame(name));
            string[] lines = await page.Texts("#details text");
            Assert.Equal(change == "equal" ? "+0.0% per second" : change, lines[^1]);
            string colour = await page.Get<string>($"{Frame(name)}.querySelector('rect').getAttribute('class')");
            Assert.Equal(change[0] switch { 'v' => "v0", 'a' => "n0", 'e' => "e0", '-' => "s", _ when change.StartsWith("+0.0", StringComparison.Ordinal) => "e0", _ => "g" }, colour[0] is 's' or 'g' ? colour[..1] : colour);
        }

        await page.MoveTo(Frame("less"));
        Assert.Contains("before 40 hits, 40.00%    after 10 hits, 5.00%", await page.Texts("#details text"));
        Assert.Equal(["appeared", "grew", "equal", "shrank", "vanished"], (await page.Texts("#foot text"))[..5]);
        Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"before 100 hits in 10 s, after 200 hits in 10 s, compared {(ratio == 1 ? "per second" : "by share")}; 3 names appeared, 1 vanished"), await page.Text("#summary"));
        Assert.Equal("", string.Join("\n", page.Complaints));
        Assert.Empty(page.Requests);
        await DrawingChecks.TextFits(page);
        await page.Picture($"{nameof(Growth_is_told_by_colour_and_number)}-{ratio}");
    }

    [Theory]
    [InlineData("light")]
    [InlineData("dark")]
    public async Task The_page_lists_what_changed_appeared_and_vanished(string scheme)
    {
        using DrawnFile file = Draw("diff.html", 1, Normalisation.Duration);
        await using BrowserPage page = await browser.NewPage(scheme: scheme);
        await page.Open(file.Path);
        // before, after, change; self before, self after, self change.
        Assert.Equal(["deep 0 100 +100 0 100 +100", "new 0 40 +40 0 40 +40", "less 40 10 -30 40 10 -30", "gone 10 0 -10 10 0 -10", "main 100 200 +100 0 0 0", "more 0 100 +100 0 0 0", "same 50 50 0 50 50 0"], await Rows());
        await Only("appeared");
        Assert.Equal(["deep", "new", "more"], (await Rows()).Select(row => row.Split(' ')[0]));
        await Only("vanished");
        Assert.Equal(["gone"], (await Rows()).Select(row => row.Split(' ')[0]));
        await Only("grew");
        Assert.Equal(["main"], (await Rows()).Select(row => row.Split(' ')[0]));
        await Only("shrank");
        Assert.Equal(["less"], (await Rows()).Select(row => row.Split(' ')[0]));
        await Only("all");
        await page.ClickOn("Array.from(document.querySelectorAll('#functions button.name')).find(name => name.textContent === 'main')");
        Assert.Equal(["more 0 100", "same 50 50", "less 40 10", "new 0 40", "gone 10 0"], (await page.Run("Array.from(document.querySelectorAll('#callees tbody tr'), row => Array.from(row.cells, cell => cell.textContent).join(' '))"))!.AsArray().Select(row => row!.GetValue<string>()));
        Assert.True(await page.Get<bool>("document.querySelector('#when').hidden"));
        await DrawingChecks.TextFits(page);
        await DrawingChecks.TextIsReadable(page);
        await DrawingChecks.PageIsReadable(page);
        await page.Picture($"{nameof(The_page_lists_what_changed_appeared_and_vanished)}-{scheme}");
        Assert.Equal("", string.Join("\n", page.Complaints));
        Assert.Empty(page.Requests);

        async Task Only(string what) => await page.ClickOn($"Array.from(document.querySelectorAll('#only button')).find(button => button.textContent === '{what}')");
        async Task<string[]> Rows() => [.. (await page.Run("Array.from(document.querySelectorAll('#functions tbody tr'), row => Array.from(row.cells, cell => cell.textContent).join(' '))"))!.AsArray().Select(row => row!.GetValue<string>())];
    }
}
