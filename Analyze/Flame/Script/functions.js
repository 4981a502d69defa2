// Functions by their hits. A function's total counts each hit once, however often the function is on its stack: only its
// outermost frames count.
const isOutermost = new Uint8Array(count);

{
    const open = [], active = new Int32Array(functions.length);
    for (let frame = 0; frame < count; frame++) {
        while (open.length > depth[frame])
            active[fn[open.pop()]]--;
        isOutermost[frame] = active[fn[frame]] ? 0 : 1;
        open.push(frame);
        active[fn[frame]]++;
    }
}

const columns = scale ? [
    { name: "before", of: row => row.before }, { name: "after", of: row => row.after },
    { name: "change", of: row => row.change, shown: row => signed(row.change), rank: row => Math.abs(row.change) },
    { name: "self before", of: row => row.selfBefore }, { name: "self after", of: row => row.selfAfter },
    { name: "self change", of: row => row.selfChange, shown: row => signed(row.selfChange), rank: row => Math.abs(row.selfChange) },
] : [
    { name: "self", of: row => row.self }, { name: "self %", of: row => row.self, shown: row => percent(row.self, total[0]) },
    { name: "total", of: row => row.total }, { name: "total %", of: row => row.total, shown: row => percent(row.total, total[0]) },
];
const functionTable = document.querySelector("#functions"), functionsLine = document.querySelector("#shown");
const fewest = 50;
let sortBy = scale ? 5 : 0, most = fewest, chosen = -1, only = "";
let sums = [];

const signed = number => (number > 0 ? "+" : "") + grouped(Math.round(number * 10) / 10);

function sumUp() {
    sums = functions.map((name, f) => ({ f, self: 0, total: 0, before: 0, after: 0, selfBefore: 0, selfAfter: 0 }));
    for (let frame = 1; frame < count; frame++) {
        const row = sums[fn[frame]];
        row.self += self[frame];
        if (isOutermost[frame])
            row.total += total[frame];
        if (!scale)
            continue;
        row.selfBefore += selfBefore[frame];
        row.selfAfter += selfAfter[frame];
        if (isOutermost[frame]) {
            row.before += before[frame];
            row.after += after[frame];
        }
    }
    // A change is in hits of the later recording: the earlier one's are scaled to it.
    if (scale)
        for (const row of sums) {
            row.change = row.after - row.before * scale[0] / scale[1];
            row.selfChange = row.selfAfter - row.selfBefore * scale[0] / scale[1];
        }
}

const changes = {
    appeared: row => !row.before && row.after, vanished: row => row.before && !row.after, grew: row => row.before && row.change > 0,
    shrank: row => row.after && row.change < 0,
};

function element(name, attributes = {}, ...content) {
    const made = document.createElement(name);
    for (const key in attributes)
        key in made && typeof attributes[key] !== "string" ? made[key] = attributes[key] : made.setAttribute(key, attributes[key]);
    made.append(...content);
    return made;
}

/** A name that chooses its function. */
function nameCell(f) {
    const swatch = element("span", { class: "swatch", "aria-hidden": "true" });
    swatch.append(colourOf(scale ? change(sums[f].before, sums[f].after) : data.functions[f].slice(0, 2)));
    const name = element("button", { class: "name", type: "button", title: functions[f] }, functions[f]);
    if (isFunction(f))
        name.addEventListener("click", () => choose(f));
    else
        name.disabled = true;
    return element("td", { class: "of" }, swatch, name);
}

function colourOf(kind) {
    const drawing = make("svg", { class: "flame", width: 10, height: 10 });
    drawing.append(make("rect", { class: kind, width: 10, height: 10 }));
    return drawing;
}

function drawFunctions() {
    const rows = sums.filter(row => isFunction(row.f) && (scale ? row.before || row.after : row.total)
        && (!matches || matches[row.f]) && (!only || changes[only](row)));
    const rank = columns[sortBy].rank ?? columns[sortBy].of;
    rows.sort((a, b) => rank(b) - rank(a) || b.total - a.total || (functions[a.f] < functions[b.f] ? -1 : 1));
    const heads = columns.map((column, at) => {
        const button = element("button", { type: "button" }, column.name);
        button.addEventListener("click", () => { sortBy = at; drawFunctions(); });
        return element("th", { "aria-sort": at === sortBy ? "descending" : "none", scope: "col" }, button);
    });
    functionTable.replaceChildren(
        element("thead", {}, element("tr", {}, element("th", { class: "of", scope: "col" }, "function"), ...heads)),
        element("tbody", {}, ...rows.slice(0, most).map(row => element("tr", row.f === chosen ? { class: "chosen" } : {}, nameCell(row.f),
            ...columns.map(column => element("td", {}, column.shown?.(row) ?? grouped(column.of(row))))))));
    functionsLine.textContent = `${grouped(Math.min(most, rows.length))} of ${grouped(rows.length)}${matches ? " that match" : ""}`;
    document.querySelector("#more").hidden = rows.length <= most;
}

function setUpFunctions() {
    document.querySelector("#more").addEventListener("click", () => { most *= 4; drawFunctions(); });
    if (!scale)
        return;
    const choices = document.querySelector("#only");
    choices.hidden = false;
    for (const name of ["", ...Object.keys(changes)]) {
        const button = element("button", { type: "button", "aria-pressed": String(name === only) }, name || "all");
        button.addEventListener("click", () => {
            only = name;
            for (const other of choices.children)
                other.setAttribute("aria-pressed", String(other === button));
            drawFunctions();
        });
        choices.append(button);
    }
}
