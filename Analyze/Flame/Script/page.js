// The graph with what is around it: each follows the others.
let lastZoomed = 0;

function changed() {
    if (zoomed !== lastZoomed && isFunction(fn[zoomed]))
        chosen = fn[zoomed];
    lastZoomed = zoomed;
    sumUp();
    if (chosen < 0)
        chosen = sums.reduce((hottest, row) => isFunction(row.f) && row.self > (hottest?.self ?? 0) ? row : hottest, null)?.f ?? -1;
    drawTimes();
    drawFunctions();
    drawNeighbours();
}

function addState(state) {
    if (range)
        state.set("range", range.join("-"));
}

function restoreState(state) {
    const read = /^(\d{1,6})-(\d{1,6})$/.exec(state.get("range") ?? "");
    if (times && (read || range))
        chooseRange(read && [+read[1], +read[2]]);
}

setUpTimes();
setUpFunctions();
