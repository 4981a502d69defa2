namespace Diagnose.Analyze.Tests.Browser;

/// <summary>What must be so of a drawing whatever it shows, asked in the browser itself.</summary>
internal static class DrawingChecks
{
    /// <summary>No text leaves its frame, its box or the drawing, and no two texts overlap.</summary>
    public static async Task TextFits(BrowserPage page)
    {
        await page.Run("document.fonts.ready");
        string problems = await page.Get<string>("""
            (() => {
                const problems = [], slack = 0.75;
                const box = part => part.getBoundingClientRect();
                const inside = (inner, outer) => inner.left >= outer.left - slack && inner.right <= outer.right + slack
                    && inner.top >= outer.top - 3 && inner.bottom <= outer.bottom + 3;
                const meet = (a, b) => a.left < b.right - slack && b.left < a.right - slack && a.top < b.bottom - 2 && b.top < a.bottom - 2;
                const seen = part => part.textContent && getComputedStyle(part).visibility === "visible";
                const svg = document.querySelector("#frames").closest("svg"), all = box(svg);
                for (const text of svg.querySelectorAll("#frames text"))
                    if (!inside(box(text), box(text.parentNode.querySelector("rect"))))
                        problems.push(`label leaves its frame: ${text.textContent}`);
                const about = Array.from(svg.querySelectorAll("text")).filter(text => seen(text) && !text.closest("#frames, #details"));
                about.push(...svg.querySelectorAll("#search"));
                const frames = svg.querySelector("#frames").getBoundingClientRect();
                about.forEach((one, at) => {
                    if (!inside(box(one), all))
                        problems.push(`text leaves the drawing: ${one.textContent}`);
                    if (meet(box(one), frames))
                        problems.push(`text lies on the frames: ${one.textContent}`);
                    for (const other of about.slice(at + 1))
                        if (meet(box(one), box(other)))
                            problems.push(`texts overlap: ${one.textContent} | ${other.textContent}`);
                });
                const tip = svg.querySelector("#details rect");
                if (tip) {
                    if (!inside(box(tip), all))
                        problems.push("the details leave the drawing");
                    const lines = Array.from(svg.querySelectorAll("#details text"));
                    lines.forEach((line, at) => {
                        if (!inside(box(line), box(tip)))
                            problems.push(`details leave their box: ${line.textContent}`);
                        if (at && box(lines[at - 1]).bottom > box(line).top + 2)
                            problems.push(`lines of the details overlap: ${line.textContent}`);
                    });
                }
                const rows = new Map();
                for (const rect of svg.querySelectorAll("#frames rect")) {
                    const at = box(rect);
                    if (at.left < all.left - slack || at.right > all.right + slack || at.top < all.top || at.bottom > all.bottom)
                        problems.push("a frame leaves the drawing");
                    if (!rows.has(at.top)) rows.set(at.top, []);
                    rows.get(at.top).push(at);
                }
                for (const row of rows.values()) {
                    row.sort((a, b) => a.left - b.left);
                    row.forEach((at, i) => { if (i && row[i - 1].right > at.left + slack) problems.push("frames overlap"); });
                }
                return problems.slice(0, 8).join("\n");
            })()
            """);
        Assert.Equal("", problems);
    }

    /// <summary>The same of what is around the drawing in a page.</summary>
    public static async Task PageIsReadable(BrowserPage page)
    {
        string problems = await page.Get<string>("""
            (() => {
                const problems = new Set();
                const light = colour => colour.match(/[\d.]+/g).map(Number).slice(0, 3).map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
                    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
                const ground = part => { const own = getComputedStyle(part).backgroundColor; return own === "rgba(0, 0, 0, 0)" ? ground(part.parentElement) : own; };
                for (const part of document.querySelectorAll("h2, p, td, th, button, #range, #begin, #shown, #timeline text")) {
                    if (!part.textContent) continue;
                    const style = getComputedStyle(part), on = ground(part.ownerSVGElement?.parentElement ?? part), text = part.ownerSVGElement ? style.fill : style.color;
                    const has = (Math.max(light(text), light(on)) + 0.05) / (Math.min(light(text), light(on)) + 0.05);
                    if (has < 4.5) problems.add(`${part.textContent}: ${text} on ${on} is ${has.toFixed(2)}`);
                }
                return Array.from(problems).slice(0, 8).join("\n");
            })()
            """);
        Assert.Equal("", problems);
    }

    /// <summary>Each text stands out from what it is on, by the ratio that WCAG asks of small text.</summary>
    public static async Task TextIsReadable(BrowserPage page)
    {
        string problems = await page.Get<string>("""
            (() => {
                const problems = new Set();
                const channels = colour => colour.match(/[\d.]+/g).map(Number);
                const light = colour => channels(colour).slice(0, 3).map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
                    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
                const ratio = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
                const fill = part => getComputedStyle(part).fill;
                const svg = document.querySelector("#frames").closest("svg"), page = fill(svg.querySelector(".page"));
                for (const text of svg.querySelectorAll("text")) {
                    if (!text.textContent || getComputedStyle(text).visibility !== "visible") continue;
                    const on = text.closest("#details") ? fill(svg.querySelector("#details rect"))
                        : text.closest("#frames") ? fill(text.parentNode.querySelector("rect")) : page;
                    const has = ratio(fill(text), on);
                    if (has < 4.5) problems.add(`${text.textContent}: ${fill(text)} on ${on} is ${has.toFixed(2)}`);
                }
                return Array.from(problems).slice(0, 8).join("\n");
            })()
            """);
        Assert.Equal("", problems);
    }
}
