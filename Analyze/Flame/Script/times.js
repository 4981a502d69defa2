// When the hits came: bars over slots of equal length, on which a range is chosen with pointer or keyboard.
const times = JSON.parse(part("times")?.textContent || "null");
const timeline = document.querySelector("#timeline"), rangeLine = document.querySelector("#range");
const barsHigh = 56, timelineHigh = 80;
const slots = times && new Float64Array(times.slots);
// By slot: its frames and their hits.
const slotFrames = [], slotHits = [];
let range = null;

if (times)
    for (let at = 0, slot = 0; at < times.hits.length;) {
        slot += times.hits[at++];
        const many = times.hits[at++], frames = new Int32Array(many), hits = new Float64Array(many);
        for (let i = 0, last = 0; i < many; i++) {
            last += times.hits[at++];
            frames[i] = last;
            hits[i] = times.hits[at++];
            slots[slot] += hits[i];
        }
        [slotFrames[slot], slotHits[slot]] = [frames, hits];
    }

const seconds = slot => slot * times.slot / 1e6;

function duration(s) {
    const [unit, factor] = s >= 1 || s === 0 ? ["s", 1] : s >= 1e-3 ? ["ms", 1e3] : ["\u00b5s", 1e6];
    return `${+(s * factor).toPrecision(4)} ${unit}`;
}

function drawTimes() {
    if (!times)
        return;
    const high = Math.max(...slots), x = slot => side + slot * (width - 2 * side) / times.slots;
    let bars = "";
    slots.forEach((hits, slot) => {
        const tall = hits && Math.max(1, hits / high * barsHigh);
        if (hits)
            bars += `M${x(slot).toFixed(2)} ${barsHigh + 4}v${-tall.toFixed(2)}h${(x(slot + 1) - x(slot)).toFixed(2)}v${tall.toFixed(2)}z`;
    });
    const marks = [], all = seconds(times.slots), rough = all / Math.max(2, Math.floor(width / 160));
    const power = 10 ** Math.floor(Math.log10(rough)), step = power * [1, 2, 5, 10].find(much => much * power >= rough);
    for (let mark = 0; mark <= all; mark += step) {
        const shown = duration(+mark.toPrecision(12)), at = x(mark * 1e6 / times.slot), wide = shown.length * cell;
        const left = Math.min(Math.max(side, at - wide / 2), width - side - wide);
        if (mark + step > all && at + wide / 2 > width - side)
            break;
        marks.push(make("path", { class: "mark", d: `M${at} ${barsHigh + 4}v4` }), textAt(left, timelineHigh - 4, shown, {}));
    }
    timeline.setAttribute("width", width);
    timeline.setAttribute("height", timelineHigh);
    const parts = [make("path", { class: "bars", d: bars }), ...marks];
    if (range)
        parts.unshift(make("rect", { class: "chosen", x: x(range[0]), y: 0, width: x(range[1]) - x(range[0]), height: barsHigh + 4 }));
    timeline.replaceChildren(...parts);
    tellRange();
}

function tellRange(slot = -1) {
    const of = slot >= 0 ? [slot, slot + 1] : range ?? [0, times.slots];
    const hits = slots.slice(...of).reduce((sum, more) => sum + more, 0), all = slots.reduce((sum, more) => sum + more, 0);
    const untimed = times.untimed && slot < 0 && !range ? `, and ${hitsOf(times.untimed)} without a time` : "";
    rangeLine.textContent = `${duration(seconds(of[0]))} to ${duration(seconds(of[1]))}: ${hitsOf(hits)}`
        + (slot >= 0 ? "" : range ? `, ${percent(hits, all)} of all` : `, in slots of ${duration(seconds(1))}, at most ${grouped(Math.max(...slots))} in one${untimed}`);
}

function chooseRange(chosen) {
    range = chosen && [Math.max(0, chosen[0]), Math.min(times.slots, chosen[1])];
    if (range && (range[0] >= range[1] || range[1] - range[0] === times.slots))
        range = null;
    recount();
    drawTimes();
    document.querySelector("#whole").hidden = !range;
    part("summary").textContent = hitsOf(total[0]) + (range ? " in the chosen range" : "");
    show(zoomed);
    tellMatched();
}

function setUpTimes() {
    if (!times || times.slots < 2)
        return;
    document.querySelector("#when").hidden = false;
    document.querySelector("#begin").textContent = times.begin > 1e15
        ? `from ${new Date(times.begin / 1000).toISOString().replace("T", " ").replace("Z", " UTC")}` : `from ${duration(times.begin / 1e6)} after boot`;
    const slotAt = event => {
        const bounds = timeline.getBoundingClientRect(), at = (event.clientX - bounds.left - side) / (width - 2 * side);
        return Math.min(times.slots - 1, Math.max(0, Math.floor(at * times.slots)));
    };
    let from = null, isDrag = false;
    timeline.addEventListener("pointerdown", event => {
        [from, isDrag] = [{ slot: slotAt(event), x: event.clientX }, false];
        timeline.setPointerCapture(event.pointerId);
    });
    timeline.addEventListener("pointermove", event => {
        tellRange(slotAt(event));
        if (!from || !isDrag && Math.abs(event.clientX - from.x) < 3)
            return;
        isDrag = true;
        range = [Math.min(from.slot, slotAt(event)), Math.max(from.slot, slotAt(event)) + 1];
        drawTimes();
    });
    timeline.addEventListener("pointerup", () => {
        if (from) {
            chooseRange(isDrag ? range : null);
            remember(true);
        }
        from = null;
    });
    timeline.addEventListener("pointerleave", () => tellRange());
    timeline.addEventListener("keydown", event => {
        const wide = range ? range[1] - range[0] : Math.max(1, Math.round(times.slots / 10));
        const step = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : 0, small = Math.max(1, Math.round(wide / 4));
        if (event.key === "Escape" && range) {
            event.stopPropagation();
            chooseRange(null);
            remember(true);
        }
        if (!step)
            return;
        event.preventDefault();
        const [first, last] = range ?? (step > 0 ? [-small, wide - small] : [times.slots - wide + small, times.slots + small]);
        const left = Math.min(Math.max(0, event.shiftKey ? first : first + step * small), times.slots - 1);
        chooseRange([left, Math.max(left + 1, event.shiftKey ? last + step * small : left + wide)]);
        remember(false);
    });
    document.querySelector("#whole").addEventListener("click", () => { chooseRange(null); remember(true); });
}
