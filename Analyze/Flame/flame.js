(() => {
"use strict";
const svg = document.currentScript?.ownerSVGElement ?? document.documentElement;
const namespace = "http://www.w3.org/2000/svg";
const part = id => svg.querySelector("#" + id);
const cell = +svg.dataset.cell, side = +svg.dataset.side, labelSide = 3;
const inner = svg.viewBox.baseVal.width - 2 * side;
const details = part("details"), matched = part("matched"), search = part("search");

// In the order of the drawing: a frame before those above it, left before right.
const frames = Array.from(part("frames").children, g => {
    const rect = g.querySelector("rect"), title = g.querySelector("title").textContent;
    const numbers = title.lastIndexOf(" (");
    return {
        g, rect, title, text: g.querySelector("text"),
        name: title.slice(0, numbers), hits: parseInt(title.slice(numbers + 2), 10),
        x: +rect.getAttribute("x"), width: +rect.getAttribute("width"), y: +rect.getAttribute("y"),
    };
});
const frameOf = new Map(frames.map(frame => [frame.g, frame]));
const [root] = frames;
// Half of the last decimal of a coordinate.
const slack = 0.005;

const isWide = c => c >= 0x1100 && c <= 0x115f || c >= 0x2e80 && c <= 0xa4cf || c >= 0xac00 && c <= 0xd7a3
    || c >= 0xf900 && c <= 0xfaff || c >= 0xfe10 && c <= 0xfe6f || c >= 0xff00 && c <= 0xff60 || c >= 0x1f000;

function fit(name, room) {
    if (room < 3)
        return ["", 0];
    let used = 0, kept = "", keptCells = 0, shown = "";
    for (const character of name) {
        const cells = isWide(character.codePointAt(0)) ? 2 : 1;
        if (used + cells > room)
            return kept ? [kept + "..", keptCells + 2] : ["", 0];
        used += cells;
        shown += character;
        if (used + 2 <= room)
            [kept, keptCells] = [shown, used];
    }
    return [shown, used];
}

function label(frame, x, width) {
    const [shown, cells] = fit(frame.name, Math.floor((width - 2 * labelSide) / cell));
    if (!shown && !frame.text)
        return;
    if (!frame.text) {
        frame.text = frame.g.appendChild(document.createElementNS(namespace, "text"));
        frame.text.setAttribute("y", frame.y + 12);
    }
    frame.text.setAttribute("x", x + labelSide);
    frame.text.textContent = shown;
    if (/[^\x20-\x7e]/.test(shown)) {
        frame.text.setAttribute("lengthAdjust", "spacingAndGlyphs");
        frame.text.setAttribute("textLength", cells * cell);
    } else
        frame.text.removeAttribute("textLength");
}

function place(frame, x, width) {
    frame.rect.setAttribute("x", x);
    frame.rect.setAttribute("width", width);
    label(frame, x, width);
}

function zoom(to) {
    const right = to.x + to.width, scale = inner / to.width;
    for (const frame of frames) {
        const end = frame.x + frame.width;
        const below = frame.y > to.y;
        const seen = below ? frame.x <= to.x + slack && end >= right - slack
            : frame.x >= to.x - slack && end <= right + slack;
        frame.g.classList.toggle("away", !seen);
        frame.g.classList.toggle("above", seen && below);
        if (seen)
            below ? place(frame, side, inner) : place(frame, side + (frame.x - to.x) * scale, frame.width * scale);
    }
    svg.classList.toggle("zoomed", to !== root);
}

function mark(pattern) {
    let expression = null;
    if (pattern)
        try {
            expression = new RegExp(pattern);
        } catch {
            expression = new RegExp(pattern.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
        }
    // A match over another match must not count twice: the lower one's right edge covers it.
    let hits = 0, covered = -1;
    for (const frame of frames) {
        const matches = expression !== null && frame !== root && expression.test(frame.name);
        frame.g.classList.toggle("match", matches);
        if (matches && frame.x >= covered - slack) {
            hits += frame.hits;
            covered = frame.x + frame.width;
        }
    }
    matched.textContent = expression === null ? "" : `Matched: ${(100 * hits / (root.hits || 1)).toFixed(2)}%`;
    search.textContent = expression === null ? "Search" : "Reset search";
}

function ask() {
    const pattern = prompt("Regular expression to search for:", "");
    if (pattern !== null)
        mark(pattern);
}

svg.addEventListener("click", event => {
    const frame = frameOf.get(event.target.closest("#frames > g"));
    if (frame)
        zoom(frame);
    else if (event.target.id === "reset")
        zoom(root);
    else if (event.target === search)
        search.textContent === "Search" ? ask() : mark("");
});
svg.addEventListener("mouseover", event => {
    const title = frameOf.get(event.target.closest("#frames > g"))?.title ?? "";
    // The match's percentage keeps the right end of the line.
    details.textContent = fit(title, Math.floor(inner / cell) - 20)[0];
});
window.addEventListener("keydown", event => {
    if (event.key === "F3" || event.key === "f" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        ask();
    } else if (event.key === "Escape")
        zoom(root);
});
})();
