using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Diagnose.Analyze.Flame;
using Diagnose.Analyze.Stacks;

namespace Diagnose.Analyze.Tests.Browser;

/// <summary>The SVG as a person has it: opened from disk in a browser, with pointer and keyboard.</summary>
[Collection(BrowserTests.Name)]
public sealed class SvgInBrowserTests(Chromium browser)
{
    // 100 hits: bash 60 (dd 40: read 30, write 10; sort 20), nginx 40 (worker 40: malloc 25, recv 15).
    private static MergedStacks Small() => DrawnFile.Stacks(
        ("c:CGROUP:[/];p:bash;t:dd;u:read;k:ksys_read;k:vfs_read", 30), ("c:CGROUP:[/];p:bash;t:dd;u:write;k:vfs_write", 10),
        ("c:CGROUP:[/];p:bash;t:sort;x:UNKNOWN;m:ext4_file_read_iter [ext4]", 20),
        ("c:CGROUP:[/];p:nginx;t:worker;u:malloc", 25), ("c:CGROUP:[/];p:nginx;t:worker;j:Http::recv(int)[Tier1];k:vfs_read", 15));

    private static string Frame(string label) =>
        $"Array.from(document.querySelectorAll('#frames g')).find(g => g.querySelector('text')?.textContent === {BrowserPage.Quoted(label)})";

    private static async Task<string[]> Shown(BrowserPage page) => await page.Texts("#frames g text");

    private static async Task<string> Address(BrowserPage page) => await page.Get<string>("location.hash");

    private static async Task IsCalm(BrowserPage page)
    {
        Assert.Equal("", string.Join("\n", page.Complaints));
        Assert.Empty(page.Requests);
        await DrawingChecks.TextFits(page);
    }

    [Fact]
    public async Task The_script_draws_what_the_file_shows_without_one()
    {
        using DrawnFile file = DrawnFile.Svg(Small());
        XNamespace svg = "http://www.w3.org/2000/svg";
        string[] written = [.. XDocument.Load(file.Path).Descendants(svg + "g").Single(g => (string?)g.Attribute("id") == "frames").Elements(svg + "g")
            .Select(g => $"{g.Element(svg + "rect")!.Attribute("class")!.Value} {Number(g, "x"):0.00} {Number(g, "y")} {Number(g, "width"):0} {g.Element(svg + "text")?.Value}")];
        await using BrowserPage page = await browser.NewPage();
        await page.Open(file.Path);
        JsonNode drawn = (await page.Run("""
            Array.from(document.querySelectorAll('#frames g'), g => [g.querySelector('rect').getAttribute('class'), ...['x', 'y', 'width'].map(key => +g.querySelector('rect').getAttribute(key)), g.querySelector('text')?.textContent ?? ''])
            """))!;
        Assert.Equal(written, drawn.AsArray().Select(frame => string.Create(CultureInfo.InvariantCulture,
            $"{frame![0]} {frame[1]!.GetValue<double>():0.00} {frame[2]} {frame[3]!.GetValue<double>() + 0.5:0} {frame[4]}")));
        Assert.Equal("100 hits", await page.Text("#summary"));
        await page.Picture();
        await IsCalm(page);

        double Number(XElement g, string name) => double.Parse(g.Element(svg + "rect")!.Attribute(name)!.Value, CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task The_script_takes_each_character_for_as_wide_as_the_command_does()
    {
        await using BrowserPage page = await browser.NewPage();
        await page.Open("/dev/null");
        string script = await File.ReadAllTextAsync(Path.Combine(ScriptFolder(), "text.js"), TestContext.Current.CancellationToken);
        string cells = await page.Get<string>($$"""
            (() => {
                const data = { cell: 1 };
                {{script}}
                let all = "";
                for (let c = 0x20; c <= 0x10ffff; c++)
                    all += c >= 0xd800 && c <= 0xdfff ? "" : cellsOf(String.fromCodePoint(c));
                return all;
            })()
            """);
        int at = 0;
        for (int c = 0x20; c <= 0x10ffff; c++)
        {
            if (!Rune.IsValid(c))
                continue;
            int expected = FrameLabel.Fit(Encoding.UTF8.GetBytes(new Rune(c).ToString()), FrameLabel.FewestCells).Cells;
            Assert.True(cells[at++] - '0' == expected, $"U+{c:X4} is {expected} wide");
        }

        Assert.Equal(cells.Length, at);
    }

    [Fact]
    public async Task A_click_zooms_the_crumbs_lead_back_and_reset_ends_it()
    {
        using DrawnFile file = DrawnFile.Svg(Small());
        await using BrowserPage page = await browser.NewPage();
        await page.Open(file.Path);
        await page.ClickOn(Frame("dd"));
        Assert.Equal(["dd", "bash", "all", "CGROUP:[/]"], (await Shown(page)).Where(text => text is "dd" or "bash" or "CGROUP:[/]" or "all" or "nginx" or "sort").OrderDescending(StringComparer.Ordinal));
        Assert.Equal(1179.5, await page.Get<double>($"+{Frame("dd")}.querySelector('rect').getAttribute('width')"));
        Assert.Equal(["Reset zoom", "CGROUP:[/]", "bash"], await page.Texts("#crumbs .crumb"));
        Assert.Equal("dd", await page.Text("#crumbs .here"));
        await page.Picture();
        await IsCalm(page);
        await page.ClickOn("document.querySelectorAll('#crumbs .crumb')[2]");
        Assert.Equal("bash", await page.Text("#crumbs .here"));
        Assert.Contains("sort", await Shown(page));
        Assert.DoesNotContain("nginx", await Shown(page));
        await page.ClickOn("document.querySelector('#reset')");
        Assert.Empty(await page.Texts("#crumbs text"));
        Assert.Contains("nginx", await Shown(page));
        Assert.Equal("", await Address(page));
        await page.ClickOn(Frame("nginx"));
        await page.Press("Escape");
        Assert.Contains("dd", await Shown(page));
        await IsCalm(page);
    }

    [Theory]
    [InlineData("vfs_", "matched 55.00%, 55 hits", "vfs_read", "vfs_write")]
    [InlineData("^(read|ksys_read|vfs_read)$", "matched 45.00%, 45 hits", "ksys_read", "read", "vfs_read")]
    [InlineData("Tier1]", "matched 15.00%, 15 hits", "Http::recv(int)[Tier1]")]
    [InlineData("recv(int)[", "as text, matched 15.00%, 15 hits", "Http::recv(int)[Tier1]")]
    [InlineData("nothing like it", "matched 0.00%, 0 hits")]
    [InlineData("CGROUP", "matched 100.00%, 100 hits", "CGROUP:[/]")]
    public async Task A_search_marks_what_matches_and_counts_each_hit_once(string pattern, string said, params string[] marked)
    {
        using DrawnFile file = DrawnFile.Svg(Small());
        await using BrowserPage page = await browser.NewPage();
        await page.Open(file.Path);
        await page.Press("/");
        await page.Write(pattern);
        Assert.Equal(said, await page.Text("#matched"));
        Assert.Equal(marked, (await page.Run("Array.from(document.querySelectorAll('#frames .match'), rect => rect.nextSibling.textContent)"))!
            .AsArray().Select(text => text!.GetValue<string>()).Distinct().Order(StringComparer.Ordinal));
        await IsCalm(page);
        await page.Press("Escape");
        Assert.Equal("", await page.Text("#matched"));
        Assert.Equal(0, await page.Get<int>("document.querySelectorAll('#frames .match').length"));
    }

    [Fact]
    public async Task The_pointer_shows_what_a_frame_is()
    {
        using DrawnFile file = DrawnFile.Svg(Small());
        await using BrowserPage page = await browser.NewPage();
        await page.Open(file.Path);
        await page.MoveTo(Frame("read"));
        Assert.Equal(["read", "user    /usr/lib/x86_64-linux-gnu/libc.so.6", "30 hits    30.00% of all    75.00% of dd"], await page.Texts("#details text"));
        await page.Picture();
        await IsCalm(page);
        await page.MoveTo(Frame("ext4_file_read_iter [ext4]"));
        Assert.Equal("kernel module    ext4", (await page.Texts("#details text"))[1]);
        await page.MoveTo(Frame("Http::recv(int)[Tier1]"));
        Assert.Equal("managed (JIT)", (await page.Texts("#details text"))[1]);
        await page.Move(600, 62);
        Assert.Empty(await page.Texts("#details text"));
    }

    [Fact]
    public async Task The_keyboard_alone_walks_reads_zooms_and_searches()
    {
        using DrawnFile file = DrawnFile.Svg(Small());
        await using BrowserPage page = await browser.NewPage();
        await page.Open(file.Path);
        for (int tabs = 0; tabs < 5 && await page.Get<string>("document.activeElement?.id ?? ''") != "frames"; tabs++)
            await page.Press("Tab");
        Assert.Equal("all", (await page.Texts("#details text"))[0]);
        await page.Press("ArrowUp");
        await page.Press("ArrowUp");
        Assert.Equal("bash", (await page.Texts("#details text"))[0]);
        await page.Press("ArrowRight");
        Assert.Equal(["nginx", "process", "40 hits    40.00% of all    40.00% of CGROUP:[/]"], await page.Texts("#details text"));
        Assert.Equal("nginx, process, 40 hits    40.00% of all    40.00% of CGROUP:[/]", await page.Get<string>("document.querySelector('#frames').getAttribute('aria-label')"));
        await IsCalm(page);
        await page.Press("Enter");
        Assert.Equal("nginx", await page.Text("#crumbs .here"));
        await page.Press("ArrowUp");
        await page.Press("Enter");
        Assert.Equal("worker", await page.Text("#crumbs .here"));
        await page.Press("Backspace");
        Assert.Equal("nginx", await page.Text("#crumbs .here"));
        await page.Press("Escape");
        Assert.Empty(await page.Texts("#crumbs text"));
        await page.Press("/");
        await page.Write("malloc");
        await page.Press("Enter");
        Assert.Equal("matched 25.00%, 25 hits", await page.Text("#matched"));
        await page.Press("f", modifiers: 2);
        Assert.Equal("malloc", await page.Get<string>("getSelection().toString() || document.activeElement.value.slice(document.activeElement.selectionStart, document.activeElement.selectionEnd)"));
        Assert.Equal("", string.Join("\n", page.Complaints));
    }

    [Fact]
    public async Task A_link_restores_zoom_and_search_and_back_takes_a_step_back()
    {
        using DrawnFile file = DrawnFile.Svg(Small());
        await using BrowserPage page = await browser.NewPage();
        await page.Open(file.Path);
        await page.ClickOn(Frame("nginx"));
        await page.ClickOn(Frame("worker"));
        await page.Press("/");
        await page.Write("recv|a&b#c");
        string address = await Address(page);
        Assert.Matches("^#zoom=[0-9]+&search=recv%7Ca%26b%23c$", address);
        await using BrowserPage other = await browser.NewPage();
        await other.Open(file.Path, address[1..]);
        Assert.Equal("worker", await other.Text("#crumbs .here"));
        Assert.Equal("matched 15.00%, 15 hits", await other.Text("#matched"));
        Assert.Equal("recv|a&b#c", await other.Get<string>("document.querySelector('#search input').value"));
        Assert.Equal(await Shown(page), await Shown(other));
        await IsCalm(other);
        await page.Run("history.back()");
        await Task.Delay(200, TestContext.Current.CancellationToken);
        Assert.Equal("nginx", await page.Text("#crumbs .here"));
        // What no such file has is passed over.
        foreach (string wrong in (string[])["zoom=999999", "zoom=-1", "zoom=x&search=(", "zoom=1e3", "%%%"])
        {
            await using BrowserPage astray = await browser.NewPage();
            await astray.Open(file.Path, wrong);
            Assert.Empty(await astray.Texts("#crumbs text"));
            Assert.Equal("", string.Join("\n", astray.Complaints));
        }
    }

    [Fact]
    public async Task Names_of_anybodys_are_text_and_run_nothing()
    {
        string[] names =
        [
            "</title><script>window.ran=1</script>", "\"><img src=x onerror=window.ran=1>", "]]><script>window.ran=1</script><![CDATA[",
            "</metadata><script>window.ran=1</script>", "javascript:window.ran=1", "&lt;script&gt;", "\\u003cscript\\u003e", "${window.ran=1}", "__proto__", "constructor",
            "命中函数命中函数", "🦀🦀🦀", "a\u0301\u0302\u0303", new string('W', 300),
        ];
        using DrawnFile file = DrawnFile.Svg(
            DrawnFile.Stacks([.. names.Select(name => ("u:" + name, 10L))]), new FlameOptions { Title = "</text><script>window.ran=1</script>" });
        await using BrowserPage page = await browser.NewPage();
        await page.Open(file.Path);
        for (int at = 0; at < names.Length; at++)
        {
            await page.MoveTo($"document.querySelectorAll('#frames g')[{at + 1}]");
            await IsCalm(page);
            Assert.Contains(string.Concat((await page.Texts("#details text")).TakeWhile(text => !text.StartsWith("user ", StringComparison.Ordinal))), names);
            await page.ClickOn($"document.querySelectorAll('#frames g')[{at + 1}]");
            await IsCalm(page);
            await page.Press("Escape");
        }

        await page.Press("/");
        await page.Write("<script>window.ran=1</script>");
        await page.Picture();
        Assert.Equal("undefined", await page.Get<string>("typeof window.ran"));
        Assert.Equal(1, await page.Get<int>("document.querySelectorAll('script').length"));
        Assert.Equal("", string.Join("\n", page.Complaints));
    }

    [Fact]
    public async Task The_policy_lets_no_other_script_and_no_request_through()
    {
        using DrawnFile file = DrawnFile.Svg(Small());
        await using BrowserPage page = await browser.NewPage();
        await page.Open(file.Path);
        await page.Run("""
            (() => {
                const script = document.createElementNS("http://www.w3.org/2000/svg", "script");
                script.textContent = "window.ran = 1";
                document.documentElement.append(script);
                document.querySelector("#title").setAttribute("onclick", "window.ran = 1");
                document.querySelector("#title").dispatchEvent(new Event("click"));
            })()
            """);
        Assert.Equal("undefined", await page.Get<string>("typeof window.ran"));
        Assert.Equal("refused", await page.Get<string>($"fetch({BrowserPage.Quoted(new Uri(file.Path).AbsoluteUri)}).then(() => 'got it', () => 'refused')"));
        Assert.Contains(page.Complaints, complaint => complaint.Contains("Content Security Policy", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("light")]
    [InlineData("dark")]
    public async Task All_text_is_readable_on_a_light_page_and_on_a_dark_one(string scheme)
    {
        // Every shade of every kind.
        using DrawnFile file = DrawnFile.Svg(DrawnFile.Stacks([.. "cptujkmx".Select(kind => (string.Join(';', Enumerable.Range(0, 12).Select(i => $"{kind}:{kind}{i}")), 5L))]));
        await using BrowserPage page = await browser.NewPage(1200, 330, scheme);
        await page.Open(file.Path);
        Assert.True(await page.Get<int>("new Set(Array.from(document.querySelectorAll('#frames rect'), rect => getComputedStyle(rect).fill)).size") >= 28);
        await page.MoveTo("document.querySelectorAll('#frames g')[9]");
        await DrawingChecks.TextIsReadable(page);
        await page.ClickOn("document.querySelectorAll('#frames g')[9]");
        await page.Press("/");
        await page.Write("k[0-5]");
        await DrawingChecks.TextIsReadable(page);
        await page.Press("Escape");
        await page.Press("Escape");
        await page.Picture($"{nameof(All_text_is_readable_on_a_light_page_and_on_a_dark_one)}-{scheme}");
        Assert.Equal(scheme == "dark", await page.Get<int>("+getComputedStyle(document.querySelector('.page')).fill.match(/\\d+/)[0]") < 128);
        await IsCalm(page);
    }

    [Theory]
    [InlineData(320, false)]
    [InlineData(700, true)]
    [InlineData(1200, false)]
    [InlineData(2560, true)]
    public async Task Text_fits_at_every_width_zoom_and_place_of_the_pointer(int width, bool icicle)
    {
        string Name(int of) => (of % 4) switch { 0 => $"std::vector<命中{of}, std::allocator<int> >::push_back", 1 => new string('w', of % 40 + 1), 2 => "f", _ => $"函数{of}é🦀" };
        MergedStacks stacks = DrawnFile.Stacks([.. Enumerable.Range(1, 60).Select(i =>
            ("c:CGROUP:[/]" + string.Concat(Enumerable.Range(0, i % 17 + 1).Select(depth => $";u:{Name(depth * 7 + (depth > 3 ? i % 3 : 0))}")), (long)(i * i)))]);
        using DrawnFile file = DrawnFile.Svg(stacks, new FlameOptions { Title = "A heading 标题 that is long enough to meet the search box on narrow pages", IsIcicle = icicle });
        await using BrowserPage page = await browser.NewPage(width, 420);
        await page.Open(file.Path);
        await IsCalm(page);
        await page.Press("/");
        await page.Write("push_back|函数");
        await IsCalm(page);
        for (int step = 0; step < 8; step++)
        {
            int frames = await page.Get<int>("document.querySelectorAll('#frames g').length");
            await page.MoveTo($"document.querySelectorAll('#frames g')[{frames - 1 - step * 3 % frames}]");
            await IsCalm(page);
            await page.ClickOn($"document.querySelectorAll('#frames g')[{Math.Min(frames - 1, step + 2)}]");
            await IsCalm(page);
        }

        await page.Picture($"{nameof(Text_fits_at_every_width_zoom_and_place_of_the_pointer)}-{width}");
        await page.Resize(900, 500);
        await page.Settle();
        await IsCalm(page);
    }

    private static string ScriptFolder([CallerFilePath] string file = "") =>
        Path.Combine(Path.GetDirectoryName(file)!, "../../../Analyze/Flame/Script");
}
