// Draws the frames that can be seen at the present zoom and width. Frames too thin for a label are one path for each
// colour: tens of thousands of elements would take a browser seconds, a few long paths take none.
const { side, head, foot, row, least, deepest, icicle } = data;
const frameHeight = row - 1, labelSide = 3, thin = 200;
const framesAt = part("frames"), isDocument = svg === document.documentElement;
let zoomed = 0, width = 0, height = 0;
let matches = null;
// What is drawn: frames, their left edges and widths in hundredths of a pixel, and where they are by row.
let drawn = [], rows = [];
const isDrawn = new Set(), lefts = numbers(), widths = numbers();

const rowTop = at => icicle ? head + at * row : height - foot - (at + 1) * row;

function measure() {
    const room = isDocument ? svg.clientWidth || innerWidth : svg.parentElement.clientWidth;
    return Math.max(480, Math.round(room || data.width));
}

function place(frame, left, wide) {
    drawn.push(frame);
    isDrawn.add(frame);
    lefts[frame] = left;
    widths[frame] = wide;
    (rows[depth[frame]] ??= []).push(frame);
}

function layOut() {
    const inner = (width - 2 * side) * 100, from = start[zoomed], all = total[zoomed] || 1;
    const edge = hits => Math.floor((hits - from) * inner / all);
    [drawn, rows] = [[], []];
    isDrawn.clear();
    for (let at = parent[zoomed]; at >= 0; at = parent[at])
        place(at, 0, inner);
    // In a chosen range the zoomed frame may have no hit; it keeps its place all the same.
    if (!total[zoomed])
        place(zoomed, 0, inner);
    for (let at = total[zoomed] ? zoomed : end[zoomed]; at < end[zoomed];) {
        const left = edge(start[at]), wide = edge(start[at] + total[at]) - left;
        if (at !== zoomed && (wide < Math.max(1, least) || depth[at] > deepest)) {
            at = end[at];
            continue;
        }
        place(at, left, wide);
        at++;
    }
}

function draw() {
    layOut();
    height = head + Math.max(data.rows, rows.length) * row + foot;
    svg.setAttribute("width", width);
    svg.setAttribute("height", height);
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    part("foot").setAttribute("transform", `translate(0 ${height - foot})`);
    const elements = [], paths = new Map();
    for (const frame of drawn) {
        const matched = matches?.[fn[frame]], above = depth[frame] < depth[zoomed];
        const kind = classOf(frame) + (matched ? " match" : "") + (above ? " above" : "");
        const x = side + lefts[frame] / 100, wide = widths[frame] / 100, y = rowTop(depth[frame]);
        if (widths[frame] < thin)
            paths.set(kind, `${paths.get(kind) ?? ""}M${x} ${y}h${wide}v${frameHeight}h${-wide}z`);
        else
            elements.push(wideFrame(frame, kind, x, y, wide));
    }
    for (const [kind, path] of paths)
        elements.push(make("path", { class: kind, d: path }));
    framesAt.replaceChildren(...elements);
    svg.classList.toggle("zoomed", zoomed !== 0);
    svg.classList.toggle("searching", matches !== null);
}

function wideFrame(frame, kind, x, y, wide) {
    const g = make("g", { class: "frame" });
    g.frame = frame;
    g.append(make("rect", { class: kind, x, y, width: wide - (wide > 4 ? 0.5 : 0), height: frameHeight }));
    const [shown] = fit(functions[fn[frame]], Math.floor((wide - 2 * labelSide) / cell));
    if (shown)
        g.append(textAt(x + labelSide, y + 12, shown, {}));
    return g;
}

/** The frame drawn at a point of the drawing, or beside it by less than a pixel; -1 where there is none. */
function frameAt(x, y) {
    const at = Math.floor((icicle ? y - head : height - foot - y) / row), wanted = (x - side) * 100, line = rows[at];
    if (!line)
        return -1;
    let low = 0, high = line.length - 1;
    while (low < high) {
        const middle = low + high + 1 >> 1;
        lefts[line[middle]] <= wanted ? low = middle : high = middle - 1;
    }
    const near = [line[low], line[low + 1]].find(frame =>
        frame !== undefined && wanted >= lefts[frame] - 50 && wanted <= lefts[frame] + widths[frame] + 50);
    return near ?? -1;
}
