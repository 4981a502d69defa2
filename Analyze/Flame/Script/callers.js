// Who calls the chosen function, and whom it calls. Both go by its outermost frames, so that the callers' hits are its total,
// and the callees' with its own are, too.
const neighbours = document.querySelector("#neighbours");

function choose(f) {
    chosen = f;
    drawFunctions();
    drawNeighbours();
}

function drawNeighbours() {
    if (chosen < 0) {
        neighbours.replaceChildren(element("p", { class: "quiet" }, "Choose a function, here or in the graph, to see its callers and callees."));
        return;
    }
    const callers = new Map(), callees = new Map(), row = sums[chosen];
    const add = (to, f, frame) => {
        const sum = to.get(f) ?? { f, hits: 0, before: 0, after: 0 };
        sum.hits += total[frame];
        sum.before += before?.[frame] ?? 0;
        sum.after += after?.[frame] ?? 0;
        to.set(f, sum);
    };
    const from = new Set();
    let own = 0;
    for (let frame = 1; frame < count; frame++) {
        if (fn[frame] !== chosen || !isOutermost[frame])
            continue;
        add(callers, fn[parent[frame]], frame);
        own += self[frame];
        from.add(moduleOf(frame));
        for (let on = frame + 1; on < end[frame]; on = end[on])
            add(callees, fn[on], on);
    }
    const seek = element("button", { type: "button", id: "seek" }, "mark in the graph");
    seek.addEventListener("click", () => {
        search(`^${functions[chosen].replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`);
        remember(false);
    });
    neighbours.replaceChildren(
        element("h2", { id: "chosen", title: functions[chosen] }, functions[chosen]),
        element("p", { class: "quiet" }, [kinds[data.functions[chosen][0]], ...Array.from(from).slice(0, 3), scale ? `before ${hitsOf(row.before)}, after ${hitsOf(row.after)}`
            : `${hitsOf(row.total)}, ${hitsOf(own)} end here`].filter(Boolean).join(" \u00b7 "), " ", seek),
        list("callers", callers), list("callees", callees));
}

function list(name, sums) {
    const rows = Array.from(sums.values()).filter(sum => sum.hits).sort((a, b) => b.hits - a.hits || (functions[a.f] < functions[b.f] ? -1 : 1));
    const heads = scale ? ["before", "after"] : ["hits", "%"];
    const all = rows.reduce((sum, row) => sum + row.hits, 0);
    return element("table", { id: name },
        element("thead", {}, element("tr", {}, element("th", { class: "of", scope: "col" }, name), ...heads.map(head => element("th", { scope: "col" }, head)))),
        element("tbody", {}, ...rows.slice(0, 200).map(row => element("tr", {}, nameCell(row.f),
            ...(scale ? [grouped(row.before), grouped(row.after)] : [grouped(row.hits), percent(row.hits, all)]).map(text => element("td", {}, text))))));
}
