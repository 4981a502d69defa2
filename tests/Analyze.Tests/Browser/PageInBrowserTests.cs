using System.Globalization;
using System.Text;
using Diagnose.Analyze.Flame;
using Diagnose.Analyze.Report;
using Diagnose.Analyze.Stacks;
using Diagnose.Analyze.Tests.Hits;
using Diagnose.Analyze.Tests.Stacks;
using Diagnose.Bench.Generate;
using Diagnose.Formats.Report;
using NameTable = Diagnose.Analyze.Stacks.NameTable;

namespace Diagnose.Analyze.Tests.Browser;

/// <summary>The page of graph, timeline and tables, opened from disk in a browser.</summary>
[Collection(BrowserTests.Name)]
public sealed class PageInBrowserTests(Chromium browser)
{
    private const string Rows = "#functions tbody tr";

    private static (MergedStacks Stacks, HitTimeline Timeline) Generated(int hits, int stacks, int threads)
    {
        using var trace = new MemoryStream();
        TraceGenerator.Write(new TraceShape { Hits = hits, Stacks = stacks, Threads = threads }, trace);
        var tree = new FlameTree(new NameTable());
        var timeline = new HitTimeline();
        Assert.Equal(hits, new TraceFolder(SyntheticTrace.Open(trace.ToArray()), tree).Fold(timeline: timeline));
        return (tree.Merge(), timeline);
    }

    // 20 hits of which f calls itself, at four moments a second apart.
    private static (MergedStacks Stacks, HitTimeline Timeline) Recursive()
    {
        var tree = new FlameTree(new NameTable());
        var timeline = new HitTimeline();
        Add(1, 8, "p:sh", "u:main", "u:f", "u:f", "k:vfs_read");
        Add(2, 4, "p:sh", "u:main", "u:f");
        Add(3, 3, "p:sh", "u:main", "u:g", "u:f", "u:g");
        Add(4, 5, "p:sh", "u:f", "u:h");
        return (tree.Merge(), timeline);

        void Add(ulong second, long hits, params string[] stack)
        {
            int node = FlameTree.Root;
            foreach (string frame in stack)
                node = tree.Child(node, tree.Names.Intern(Encoding.UTF8.GetBytes(frame[2..])), frame[0] switch { 'p' => FrameKind.Process, 'k' => FrameKind.Kernel, _ => FrameKind.User });
            tree.Add(node, hits);
            timeline.Add(node, 1_790_000_000_000_000 + second * 1_000_000, hits);
        }
    }

    /// <summary>What the table must say: self and total of each function, a hit counted once however often the function is on its stack.</summary>
    private static string[] Sums(MergedStacks stacks, Func<int, long> self)
    {
        var sums = new Dictionary<(string, FrameKind), (long Self, long Total)>();
        for (int node = 1; node < stacks.Count; node++)
        {
            if (self(node) == 0)
                continue;
            bool isLeaf = true;
            var seen = new HashSet<(string, FrameKind)>();
            for (int at = node; at > 0; at = stacks.Parent(at))
            {
                (string, FrameKind) function = (Encoding.UTF8.GetString(stacks.Name(at)), stacks.Kind(at));
                (long Self, long Total) sum = sums.GetValueOrDefault(function);
                sums[function] = (sum.Self + (isLeaf ? self(node) : 0), sum.Total + (seen.Add(function) ? self(node) : 0));
                isLeaf = false;
            }
        }

        return [.. sums.Where(sum => sum.Key.Item2 is not (FrameKind.Cgroup or FrameKind.Process or FrameKind.Thread))
            .Select(sum => $"{sum.Key.Item1} {sum.Value.Self} {sum.Value.Total}").Order(StringComparer.Ordinal)];
    }

    private static async Task<string[]> Table(BrowserPage page)
    {
        while (await page.Get<bool>("!document.querySelector('#more').hidden"))
            await page.Run("document.querySelector('#more').click()");
        return [.. (await page.Run($"Array.from(document.querySelectorAll('{Rows}'), row => [0, 1, 3].map(at => row.cells[at].textContent.replace(/,(?=\\d{{3}})/g, at ? '' : ',')).join(' '))"))!
            .AsArray().Select(row => row!.GetValue<string>()).Order(StringComparer.Ordinal)];
    }

    private static async Task IsCalm(BrowserPage page)
    {
        Assert.Equal("", string.Join("\n", page.Complaints));
        Assert.Empty(page.Requests);
        await DrawingChecks.TextFits(page);
        Assert.Equal("", await page.Get<string>("""
            (() => {
                const problems = [], box = part => part.getBoundingClientRect();
                if (document.documentElement.scrollWidth > Math.max(innerWidth, 480)) problems.push(`the page is ${document.documentElement.scrollWidth} wide`);
                const lines = Array.from(document.querySelectorAll("td, th, h2, p, #range, #shown, #begin, #timeline text")).filter(part => part.textContent && part.offsetParent !== null || part.ownerSVGElement);
                for (const part of lines)
                    if (box(part).right > Math.max(innerWidth, 480) + 1) problems.push(`leaves the page: ${part.textContent}`);
                for (const cell of document.querySelectorAll("td, th"))
                    for (const inner of cell.children)
                        if (box(inner).right > box(cell).right + 1 || box(inner).bottom > box(cell).bottom + 1) problems.push(`leaves its cell: ${inner.textContent}`);
                const marks = Array.from(document.querySelectorAll("#timeline text"), box);
                marks.forEach((mark, at) => { if (at && marks[at - 1].right > mark.left) problems.push("times overlap"); });
                return problems.slice(0, 8).join("\n");
            })()
            """));
    }

    [Fact]
    public async Task Graph_table_timeline_and_folded_stacks_agree()
    {
        (MergedStacks stacks, HitTimeline timeline) = Generated(30_000, 600, 5);
        using DrawnFile file = DrawnFile.Page(stacks, timeline);
        await using BrowserPage page = await browser.NewPage();
        await page.Open(file.Path);
        long folded = Enumerable.Range(0, stacks.Count).Sum(stacks.Self);
        Assert.Equal(30_000, folded);
        Assert.Equal("30,000 hits", await page.Text("#summary"));
        Assert.Contains(": 30,000 hits, in slots of", await page.Text("#range"), StringComparison.Ordinal);
        await page.MoveTo("document.querySelector('#frames g')");
        Assert.Contains("30,000 hits    100.00% of all", (await page.Texts("#details text"))[^1], StringComparison.Ordinal);
        Assert.Equal(Sums(stacks, stacks.Self), await Table(page));
        await IsCalm(page);
    }

    [Fact]
    public async Task A_range_of_the_timeline_counts_just_its_hits_everywhere()
    {
        (MergedStacks stacks, HitTimeline timeline) = Generated(30_000, 600, 5);
        using DrawnFile file = DrawnFile.Page(stacks, timeline);
        await using BrowserPage page = await browser.NewPage(1200, 900);
        await page.Open(file.Path);
        (double _, double y) = await page.Middle("document.querySelector('#timeline')");
        await page.Drag(301, y, 620, y);
        int[] range = [.. (await page.Get<string>("new URLSearchParams(location.hash.slice(1)).get('range')")).Split('-').Select(int.Parse)];
        Assert.Equal([(int)((301 - 10) * (long)timeline.Slots / 1180), (int)((620 - 10) * (long)timeline.Slots / 1180) + 1], range);
        var self = new Dictionary<int, long>();
        foreach ((int slot, int node, long hits) in timeline.Counts(stacks).Where(count => count.Slot >= range[0] && count.Slot < range[1]))
            self[node] = self.GetValueOrDefault(node) + hits;
        string hitsInRange = self.Values.Sum().ToString("N0", CultureInfo.InvariantCulture) + " hits";
        Assert.Equal(hitsInRange + " in the chosen range", await page.Text("#summary"));
        Assert.Contains(": " + hitsInRange, await page.Text("#range"), StringComparison.Ordinal);
        Assert.Equal(Sums(stacks, node => self.GetValueOrDefault(node)), await Table(page));
        await IsCalm(page);
        await page.Picture();
        await using BrowserPage other = await browser.NewPage(1200, 900);
        await other.Open(file.Path, (await page.Get<string>("location.hash"))[1..]);
        Assert.Equal(hitsInRange + " in the chosen range", await other.Text("#summary"));
        Assert.Equal(await page.Texts("#frames g text"), await other.Texts("#frames g text"));
        await page.ClickOn("document.querySelector('#whole')");
        Assert.Equal("30,000 hits", await page.Text("#summary"));
        Assert.Equal(Sums(stacks, stacks.Self), await Table(page));
        Assert.Equal("", await page.Get<string>("location.hash"));
        // The keyboard does it, too, and the drawing may be empty then.
        await page.Run("document.querySelector('#timeline').focus()");
        await page.Press("ArrowRight");
        Assert.StartsWith("#range=0-", await page.Get<string>("location.hash"), StringComparison.Ordinal);
        await page.Press("Escape");
        Assert.Equal("30,000 hits", await page.Text("#summary"));
        await IsCalm(page);
    }

    [Fact]
    public async Task Callers_and_callees_of_a_function_that_calls_itself_add_up_to_its_total()
    {
        (MergedStacks stacks, HitTimeline timeline) = Recursive();
        using DrawnFile file = DrawnFile.Page(stacks, timeline);
        await using BrowserPage page = await browser.NewPage();
        await page.Open(file.Path);
        Assert.Equal(["f 4 20", "g 3 3", "h 5 5", "main 0 15", "vfs_read 8 8"], await Table(page));
        await page.ClickOn($"Array.from(document.querySelectorAll('{Rows} button')).find(name => name.textContent === 'f')");
        Assert.Equal("f", await page.Text("#chosen"));
        Assert.Equal(["main 12 60.00%", "sh 5 25.00%", "g 3 15.00%"], await Neighbours("callers"));
        Assert.Equal(["f 8 50.00%", "h 5 31.25%", "g 3 18.75%"], await Neighbours("callees"));
        Assert.Contains("20 hits, 4 hits end here", await page.Text("#neighbours p"), StringComparison.Ordinal);
        await page.ClickOn("document.querySelector('#seek')");
        Assert.Equal("matched 100.00%, 20 hits", await page.Text("#matched"));
        Assert.Equal(["f 4 20"], await Table(page));
        await page.ClickOn("document.querySelector('#callers button.name')");
        Assert.Equal("main", await page.Text("#chosen"));
        await page.Press("Escape");
        // A click in the graph chooses as well.
        await page.ClickOn("Array.from(document.querySelectorAll('#frames g')).find(g => g.textContent === 'h')");
        Assert.Equal("h", await page.Text("#chosen"));
        await IsCalm(page);

        async Task<string[]> Neighbours(string table) => [.. (await page.Run($"Array.from(document.querySelectorAll('#{table} tbody tr'), row => Array.from(row.cells, cell => cell.textContent).join(' '))"))!.AsArray().Select(row => row!.GetValue<string>())];
    }

    [Fact]
    public async Task A_zoomed_frame_without_hits_in_the_range_keeps_its_place()
    {
        (MergedStacks stacks, HitTimeline timeline) = Recursive();
        using DrawnFile file = DrawnFile.Page(stacks, timeline);
        await using BrowserPage page = await browser.NewPage();
        int vfsRead = Enumerable.Range(1, stacks.Count - 1).First(node => stacks.Name(node).SequenceEqual("vfs_read"u8));
        await page.Open(file.Path, $"zoom={vfsRead}&range=500-600");
        Assert.Equal("vfs_read", await page.Text("#crumbs .here"));
        Assert.Contains("vfs_read", await page.Texts("#frames g text"));
        await IsCalm(page);
    }

    [Theory]
    [InlineData("light", 1300)]
    [InlineData("dark", 1300)]
    [InlineData("light", 480)]
    [InlineData("light", 360)]
    [InlineData("dark", 2400)]
    public async Task The_page_is_readable_at_any_width_with_names_of_anybodys(string scheme, int width)
    {
        var tree = new FlameTree(new NameTable());
        var timeline = new HitTimeline();
        string[] names = ["</script><script>window.ran=1</script>", "<img src=x onerror=window.ran=1>", "命中函数🦀", new string('W', 400), "</metadata><!--", "__proto__", "toString", .. Enumerable.Range(0, 80).Select(i => $"f{i}")];
        for (int i = 0; i < names.Length; i++)
        {
            int node = tree.Child(tree.Child(FlameTree.Root, tree.Names.Intern("sh"u8), FrameKind.Process), tree.Names.Intern(Encoding.UTF8.GetBytes(names[i])), i % 2 == 0 ? FrameKind.User : FrameKind.Kernel);
            tree.Add(node, 200 - i);
            timeline.Add(node, i == 20 ? 0 : 1_790_000_000_000_000 + (ulong)(i * i * 1237), 200 - i);
        }

        using DrawnFile file = DrawnFile.Page(tree.Merge(), timeline, new FlameOptions { Title = "</title></style></script><script>window.ran=1</script>" });
        await using BrowserPage page = await browser.NewPage(width, 900, scheme);
        await page.Open(file.Path);
        Assert.Contains("180 hits without a time", await page.Text("#range"), StringComparison.Ordinal);
        await page.ClickOn($"document.querySelector('{Rows} button')");
        await IsCalm(page);
        await DrawingChecks.TextIsReadable(page);
        await DrawingChecks.PageIsReadable(page);
        await page.Press("/");
        await page.Write("[fW<]");
        await IsCalm(page);
        await page.Picture($"{nameof(The_page_is_readable_at_any_width_with_names_of_anybodys)}-{scheme}-{width}");
        Assert.Equal("undefined", await page.Get<string>("typeof window.ran"));
        Assert.Equal(1, await page.Get<int>("document.querySelectorAll('script').length"));
    }

    [Theory]
    [InlineData("9000000000000:0")]
    [InlineData("18446744073709551615:999999")]
    [InlineData("253402300799:999999")]
    public async Task Times_that_no_clock_has_do_not_stop_the_page(string time)
    {
        string hit = ReportFolderTests.DocumentedHit, far = hit.Replace("1584004225:651374", time, StringComparison.Ordinal);
        foreach (string text in (string[])[far + far, hit + far + hit.Replace("651374", "651999", StringComparison.Ordinal)])
        {
            var (tree, timeline) = (new FlameTree(new NameTable()), new HitTimeline());
            var folder = new ReportFolder(tree, new ReportDamage(), timeline: timeline);
            folder.Fold(new MemoryStream(Encoding.UTF8.GetBytes(text)));
            using DrawnFile file = DrawnFile.Page(tree.Merge(), timeline);
            await using BrowserPage page = await browser.NewPage();
            await page.Open(file.Path);
            Assert.Equal($"{folder.Hits} hits", await page.Text("#summary"));
            Assert.NotEmpty(await Table(page));
            await IsCalm(page);
        }
    }

    [Fact]
    public void A_trace_and_its_text_give_the_same_page_but_for_the_modules()
    {
        string sample = Path.Combine(Samples, "hrtimer_interrupt.dtt");
        var trace = SyntheticTrace.Open(File.ReadAllBytes(sample));
        var text = new System.Buffers.ArrayBufferWriter<byte>();
        new TraceReport(trace).Write(text);
        var (tree, timeline) = (new FlameTree(new NameTable()), new HitTimeline());
        new TraceFolder(trace, tree).Fold(timeline: timeline);
        var (treeOfText, timelineOfText) = (new FlameTree(new NameTable()), new HitTimeline());
        new ReportFolder(treeOfText, new ReportDamage(), timeline: timelineOfText).Fold(new MemoryStream(text.WrittenSpan.ToArray()));
        using DrawnFile one = DrawnFile.Page(tree.Merge(), timeline), other = DrawnFile.Page(treeOfText.Merge(), timelineOfText);
        Assert.Equal(File.ReadAllLines(other.Path), File.ReadAllLines(one.Path).Where(line => !line.StartsWith("<metadata id=\"modules\">", StringComparison.Ordinal)));
    }

    private static string Samples => Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../../../samples"));
}
