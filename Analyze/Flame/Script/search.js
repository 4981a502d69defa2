// Marks the functions that match, and adds up the hits of which some frame does: a match on a match counts once.
const searchBox = document.createElementNS("http://www.w3.org/1999/xhtml", "input");
const matched = part("matched");
// A link can ask for what takes long on somebody's names; what was not looked at by then is not marked.
const patience = 500;
let pattern = "", isText = false, isCut = false;

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

/** What is no regular expression, or none that is tested here, is looked for as it stands. */
function compile(text) {
    isText = false;
    try {
        return compilePattern(text);
    } catch {
        isText = true;
        return name => name.includes(text);
    }
}

function testNames(matchesName) {
    const until = performance.now() + patience, isLate = () => isCut ||= performance.now() > until;
    isCut = false;
    return Uint8Array.from(functions, (name, at) => at && !isLate() && matchesName(name, isLate) ? 1 : 0);
}

function search(text) {
    pattern = text;
    if (searchBox.value !== text)
        searchBox.value = text;
    matches = text ? testNames(compile(text)) : null;
    draw();
    tellMatched();
    changed();
}

/** Hits that match, and those of frames that the file leaves out on frames that do not: how many of them match is not known. */
function matchedHits() {
    let hits = 0, unknown = total[0];
    for (let at = 0; at < count;) {
        unknown -= total[at];
        if (matches[fn[at]]) {
            hits += total[at];
            at = end[at];
        } else {
            unknown += total[at] - self[at];
            at++;
        }
    }
    return [hits, unknown];
}

function tellMatched() {
    if (!matches) {
        matched.textContent = "";
        return;
    }
    // Scaled hits of two recordings are not whole numbers.
    const [hits, unknown] = matchedHits(), share = percent(hits, total[0]);
    matched.textContent = isCut ? `stopped after ${patience} ms, at least ${share}`
        : (isText ? "as text, " : "") + (unknown > total[0] * 1e-9 ? `matched at least ${share}` : `matched ${share}${scale ? "" : `, ${hitsOf(hits)}`}`);
}
