// Marks the functions that match, and adds up the hits of which some frame does: a match on a match counts once.
const searchBox = document.createElementNS("http://www.w3.org/1999/xhtml", "input");
const matched = part("matched");
let pattern = "", isText = false;

function setUpSearch() {
    searchBox.type = "search";
    searchBox.placeholder = "Search: regular expression";
    searchBox.setAttribute("aria-label", "Search: regular expression");
    searchBox.spellcheck = false;
    searchBox.autocomplete = "off";
    part("search").append(searchBox);
    let waiting = 0;
    searchBox.addEventListener("input", () => {
        clearTimeout(waiting);
        waiting = setTimeout(() => { search(searchBox.value); remember(false); }, 80);
    });
    searchBox.addEventListener("keydown", event => {
        if (event.key !== "Enter" && event.key !== "Escape")
            return;
        event.stopPropagation();
        clearTimeout(waiting);
        search(event.key === "Escape" ? "" : searchBox.value);
        remember(false);
        if (event.key === "Escape")
            framesAt.focus();
    });
}

/** A name that is no regular expression is looked for as it stands. */
function compile(text) {
    isText = false;
    try {
        return new RegExp(text);
    } catch {
        isText = true;
        return new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    }
}

function search(text) {
    pattern = text;
    if (searchBox.value !== text)
        searchBox.value = text;
    const expression = text ? compile(text) : null;
    matches = expression && Uint8Array.from(functions, (name, at) => at && expression.test(name) ? 1 : 0);
    draw();
    tellMatched();
    changed();
}

function matchedHits() {
    let hits = 0;
    for (let at = 0; at < count;)
        if (matches[fn[at]]) {
            hits += total[at];
            at = end[at];
        } else
            at++;
    return hits;
}

function tellMatched() {
    if (!matches) {
        matched.textContent = "";
        return;
    }
    const hits = matchedHits();
    matched.textContent = `${isText ? "as text, " : ""}matched ${percent(hits, total[0])}${scale ? "" : `, ${hitsOf(hits)}`}`;
}
