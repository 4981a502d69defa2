function resize() {
    const measured = measure();
    if (measured === width)
        return;
    width = measured;
    part("search").setAttribute("x", width - side - part("search").getAttribute("width"));
    matched.setAttribute("x", width - side);
    const hint = part("hint"), [shown, cells] = fit(data.hint, 200);
    hint.setAttribute("x", width - side);
    hint.textContent = data.legend + (cells + 4) * cell + 2 * side <= width ? shown : "";
    const [heading] = fit(data.title, Math.floor((width - 3 * side - part("search").getAttribute("width")) / data.titleCell));
    part("title").textContent = heading;
    show(zoomed);
}

svg.addEventListener("click", event => {
    const frame = frameOf(event);
    if (frame >= 0)
        zoom(frame);
});
window.addEventListener("keydown", event => {
    const isTyping = /^(input|textarea|select)$/i.test(event.target.tagName ?? "");
    if (event.key === "F3" || isDocument && event.key === "f" && (event.ctrlKey || event.metaKey) || event.key === "/" && !isTyping) {
        event.preventDefault();
        searchBox.focus();
        searchBox.select();
    } else if (event.key === "Escape") {
        hideDetails();
        zoom(0);
    } else if (event.key === "Backspace" && !isTyping && zoomed)
        zoom(parent[zoomed]);
});
window.addEventListener("hashchange", restore);
window.addEventListener("popstate", restore);
window.addEventListener("resize", resize);
setUpSearch();
svg.classList.add("live");
resize();
if (location.hash.length > 1)
    restore();
