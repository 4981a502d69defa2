// Zoom, the way back (breadcrumbs, reset), and the fragment of the file's address, which holds both zoom and search.
const crumbs = part("crumbs");

function show(frame) {
    zoomed = frame;
    draw();
    hideDetails();
    tellWay();
    changed();
}

function zoom(frame) {
    if (frame === zoomed)
        return;
    show(frame);
    remember(true);
}

/** The frames from the root to the zoomed one; those in the middle are left out where there is no room. */
function tellWay() {
    crumbs.replaceChildren();
    if (!zoomed)
        return;
    const way = [];
    for (let at = parent[zoomed]; at > 0; at = parent[at])
        way.push(at);
    const reset = crumb(side, "Reset zoom", 0);
    let x = side + 12 * cell;
    // The right end of the line is for what matched.
    let room = Math.floor((width - 2 * side) / cell) - 12 - 40;
    const texts = [], [last, lastCells] = fit(functions[fn[zoomed]], Math.min(40, room));
    room -= lastCells;
    let left = way.length;
    for (const frame of way) {
        const [shown, cells] = fit(functions[fn[frame]], 24);
        if (cells + 3 > room - (left > 1 ? 5 : 0))
            break;
        room -= cells + 3;
        left--;
        texts.unshift([frame, shown, cells]);
    }
    const parts = [reset];
    if (left && room >= 5) {
        parts.push(textAt(x, 48, "..", {}), separator(x + 2 * cell));
        x += 5 * cell;
    }
    for (const [frame, shown, cells] of texts) {
        parts.push(crumb(x, shown, frame), separator(x + cells * cell));
        x += (cells + 3) * cell;
    }
    parts.push(textAt(x, 48, last, { class: "here", "aria-current": "true" }));
    crumbs.append(...parts);
}

const separator = x => textAt(x + cell, 48, "\u203a", { class: "quiet", "aria-hidden": "true" });

function crumb(x, shown, frame) {
    const text = textAt(x, 48, shown, { class: "crumb", tabindex: 0, role: "link", ...(frame ? {} : { id: "reset" }) });
    text.addEventListener("click", () => zoom(frame));
    text.addEventListener("keydown", event => {
        if (event.key === "Enter" || event.key === " ") {
            event.preventDefault();
            event.stopPropagation();
            zoom(frame);
            framesAt.focus();
        }
    });
    return text;
}

/** Writes the state into the address; a zoom is a step that the browser's Back takes back. */
function remember(isStep) {
    const state = new URLSearchParams();
    if (zoomed)
        state.set("zoom", node[zoomed]);
    if (pattern)
        state.set("search", pattern);
    addState(state);
    const address = location.pathname + location.search + (state.size ? `#${state}` : "");
    try {
        history[isStep ? "pushState" : "replaceState"](null, "", address);
    } catch {
        // A frame that was given no address of its own cannot have another.
    }
}

function restore() {
    const state = new URLSearchParams(location.hash.slice(1));
    const frame = /^\d+$/.test(state.get("zoom") ?? "") ? frameOfNode(+state.get("zoom")) : 0;
    restoreState(state);
    zoomed = Math.max(frame, 0);
    search(state.get("search") ?? "");
    show(zoomed);
}
