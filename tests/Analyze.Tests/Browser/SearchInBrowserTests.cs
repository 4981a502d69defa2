using System.Runtime.CompilerServices;
using Diagnose.Analyze.Flame;

namespace Diagnose.Analyze.Tests.Browser;

/// <summary>Searches that are hard: patterns and names made for each other, and frames that the file leaves out.</summary>
[Collection(BrowserTests.Name)]
public sealed class SearchInBrowserTests(Chromium browser)
{
    [Theory]
    [InlineData("(a%2B)%2B$", 3_000, "matched 0.00%, 0 hits")]
    [InlineData("^(a|a|aa)*b", 3_000, "matched 0.00%, 0 hits")]
    [InlineData("(.*.*.*.*a)%2B!$", 3_000, "matched 50.00%, 5 hits")]
    [InlineData("(a%2B)\\1", 3_000, "as text, matched 0.00%, 0 hits")]
    [InlineData("((((){1000}){1000}){1000}){1000}", 3_000, "as text, matched 0.00%, 0 hits")]
    [InlineData("a{0,3000}b", 100_000, "stopped after 500 ms, at least 0.00%")]
    public async Task A_link_does_not_hang_the_browser(string pattern, int length, string said)
    {
        string name = new string('a', length) + "!";
        using DrawnFile file = DrawnFile.Page(DrawnFile.Stacks(("u:main;u:" + name, 5), ("u:main;u:other", 5)), null);
        await using BrowserPage page = await browser.NewPage();
        double from = await page.Get<double>("Date.now()");
        await page.Open(file.Path, "search=" + pattern);
        Assert.Equal(said, await page.Text("#matched"));
        Assert.InRange(await page.Get<double>("Date.now()") - from, 0, 10_000);
        await DrawingChecks.TextFits(page);
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task Patterns_say_what_the_browsers_own_say()
    {
        await using BrowserPage page = await browser.NewPage();
        await page.Open("/dev/null");
        string script = await File.ReadAllTextAsync(Path.Combine(SourceFolder(), "../../../Analyze/Flame/Script/pattern.js"), TestContext.Current.CancellationToken);
        Assert.Equal("", await page.Get<string>($$"""
            (() => {
                {{script}}
                const pieces = ["a", "b", ".", "\\w", "\\d", "[a-c]", "[^a]", "[]", "[^]", "\\b", "\\B", "^", "$", "(", "(?:", "(?<n>", ")", "|", "*", "+", "?", "{2}", "{1,3}", "{,2}", "{",
                    "}", "{0}", "{2,}", "\\x61", "\\u0062", "_", "1", "\\.", "[\\]a]", "*?", "+?", "\u00e9", "\ud83e\udd80", "]"];
                const names = ["", "a", "b", "ab", "aab", "abc", "a1_", ".b", "]", "{,2}", "foo::bar(int)", "aaaa", "ba", "\u00e9", "\ud83e\udd80", "a b", "\0", "a-b", "1"];
                const problems = [];
                let seed = 1, compared = 0;
                const random = below => (seed = seed * 48271 % 2147483647) % below;
                for (let round = 0; round < 20000; round++) {
                    const text = Array.from({ length: 1 + random(6) }, () => pieces[random(pieces.length)]).join("");
                    let own;
                    try { own = new RegExp(text); } catch { continue; }
                    const ours = compilePattern(text);
                    for (const name of names) {
                        compared++;
                        if (ours(name, () => false) !== own.test(name)) problems.push(`${text} on ${name}`);
                    }
                }
                return compared < 50000 ? `only ${compared} compared` : problems.slice(0, 8).join("\n");
            })()
            """));
    }

    [Theory]
    [InlineData(10, 3, "hot", "matched at least 90.00%")]
    [InlineData(500, int.MaxValue, "hot", "matched at least 90.00%")]
    [InlineData(0, int.MaxValue, "thin", "matched 10.00%, 100 hits")]
    [InlineData(500, int.MaxValue, "main", "matched 100.00%, 1,000 hits")]
    public async Task What_the_file_leaves_out_may_match_too(int minimumWidth, int depth, string pattern, string said)
    {
        (string, long)[] stacks = [("u:main;u:hot", 900), .. Enumerable.Range(0, 100).Select(i => ($"u:main;u:warm;u:deep;u:thin{i}", 1L))];
        using DrawnFile file = DrawnFile.Svg(DrawnFile.Stacks(stacks), new FlameOptions { MinimumWidth = minimumWidth, Depth = depth });
        await using BrowserPage page = await browser.NewPage();
        await page.Open(file.Path, "search=" + pattern);
        Assert.Equal(said, await page.Text("#matched"));
        await DrawingChecks.TextFits(page);
    }

    private static string SourceFolder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
