// What a frame is, beside the pointer or the frame that the keyboard is on.
const tip = part("details"), cursor = part("cursor");
let current = -1;

function figures(frame) {
    if (scale) {
        const [was, is] = [before[frame], after[frame]], [all, allNow] = [before[0], after[0]];
        return [
            `before ${hitsOf(was)}, ${percent(was, all)}    after ${hitsOf(is)}, ${percent(is, allNow)}`,
            !was && !is ? "" : !was ? "appeared" : !is ? "vanished" : `${growth(frame)} ${data.normalised}`,
        ];
    }
    const of = parent[frame] < 0 ? "" : `    ${percent(total[frame], total[parent[frame]])} of ${fit(functions[fn[parent[frame]]], 40)[0] || "the parent"}`;
    return [
        `${hitsOf(total[frame])}    ${percent(total[frame], total[0])} of all${of}`,
        self[frame] && self[frame] !== total[frame] ? `${hitsOf(self[frame])} end here` : "",
    ];
}

function growth(frame) {
    const [was, is] = [before[frame] * scale[0], after[frame] * scale[1]];
    return (is < was ? "" : "+") + (100 * (is - was) / was).toFixed(1) + "%";
}

function describe(frame, room) {
    const module = moduleOf(frame);
    // A drawing of few rows has no room for all of a long name.
    const most = Math.floor((height - 20) / 16);
    return [
        ...wrap(functions[fn[frame]], room, Math.max(1, Math.min(6, most - 3))),
        ...wrap(kindOf(frame) + (module ? `    ${module}` : ""), room, 2),
        ...figures(frame).filter(Boolean).flatMap(line => wrap(line, room, 3)),
    ].slice(0, most);
}

/** Shows a frame's details so that they lie within what can be seen of the drawing, not under (x, y). */
function showDetails(frame, x, y) {
    const room = Math.min(100, Math.floor((width - 40) / cell));
    const lines = describe(frame, room), line = 16;
    const cells = Math.max(...lines.map(text => Array.from(text).reduce((sum, character) => sum + cellsOf(character), 0)));
    const wide = cells * cell + 16, high = lines.length * line + 12;
    const bounds = svg.getBoundingClientRect(), ratio = height / (bounds.height || height);
    const top = Math.max(0, -bounds.top) * ratio, bottom = Math.min(bounds.height, innerHeight - bounds.top) * ratio;
    const left = Math.max(4, Math.min(x + 14, width - wide - 4));
    const fits = y + 18 + high <= bottom - 4;
    const upper = fits ? y + 18 : Math.max(top + 4, y - high - 10);
    tip.replaceChildren(
        make("rect", { x: left, y: upper, width: wide, height: high, rx: 4 }),
        ...lines.map((text, at) => textAt(left + 8, upper + 18 + at * line, text, { class: at ? "" : "name" })));
    tip.setAttribute("aria-label", lines.join(", "));
}

function outline(frame) {
    current = frame;
    if (frame < 0 || !isDrawn.has(frame)) {
        cursor.setAttribute("width", 0);
        return;
    }
    for (const [key, value] of Object.entries({
        x: side + lefts[frame] / 100, y: rowTop(depth[frame]), width: Math.max(1, widths[frame] / 100 - 0.5), height: frameHeight,
    }))
        cursor.setAttribute(key, value);
}

function hideDetails() {
    tip.replaceChildren();
    tip.removeAttribute("aria-label");
    outline(-1);
}

/** Puts the keyboard on a frame. */
function point(frame) {
    outline(frame);
    const x = side + lefts[frame] / 100 + Math.min(widths[frame] / 200, 40), y = rowTop(depth[frame]);
    showDetails(frame, x, y + row - 12);
    framesAt.setAttribute("aria-label", describe(frame, 200).join(", "));
    const bounds = svg.getBoundingClientRect(), at = bounds.top + y;
    if (at < 0 || at + row > innerHeight)
        scrollBy(0, at < 0 ? at - 40 : at + row - innerHeight + 40);
}

function inDrawing(event) {
    const bounds = svg.getBoundingClientRect();
    return [(event.clientX - bounds.left) * width / bounds.width, (event.clientY - bounds.top) * height / bounds.height];
}

/** The frame of an event: that of its element, or for the thin ones, that of its place. */
const frameOf = event => event.target.closest?.("#frames") === framesAt
    ? event.target.closest("g.frame")?.frame ?? frameAt(...inDrawing(event)) : -1;

svg.addEventListener("mousemove", event => {
    // Without its element, too: a thin frame is hit by less than the pointer's own width.
    const place = inDrawing(event), frame = event.target.closest?.("g.frame")?.frame ?? frameAt(...place);
    if (frame < 0 || event.target.closest?.("#search, #crumbs"))
        return hideDetails();
    outline(frame);
    showDetails(frame, ...place);
});
svg.addEventListener("mouseleave", hideDetails);

const moves = {
    ArrowLeft: frame => rows[depth[frame]][rows[depth[frame]].indexOf(frame) - 1],
    ArrowRight: frame => rows[depth[frame]][rows[depth[frame]].indexOf(frame) + 1],
    [icicle ? "ArrowUp" : "ArrowDown"]: frame => parent[frame],
    [icicle ? "ArrowDown" : "ArrowUp"]: frame => {
        const onIt = (rows[depth[frame] + 1] ?? []).filter(child => parent[child] === frame);
        return onIt.reduce((widest, child) => widths[child] > widths[widest] ? child : widest, onIt[0]);
    },
    Home: () => 0,
};
framesAt.addEventListener("focus", () => { if (framesAt.matches(":focus-visible")) point(isDrawn.has(current) ? current : zoomed); });
framesAt.addEventListener("blur", hideDetails);
framesAt.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey)
        return;
    if (current < 0)
        current = zoomed;
    const to = moves[event.key]?.(current);
    if (event.key in moves) {
        event.preventDefault();
        if (to >= 0)
            point(to);
    } else if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        const frame = current;
        zoom(frame);
        point(frame);
    }
});
