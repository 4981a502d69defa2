// Text in cells of a monospaced font, as the program that wrote the file counts them: a wide character takes two, a mark on
// the one before it none.
const cell = data.cell;
const isWide = c => c >= 0x1100 && c <= 0x115f || c >= 0x2e80 && c <= 0xa4cf || c >= 0xa960 && c <= 0xa97f
    || c >= 0xac00 && c <= 0xd7a3 || c >= 0xf900 && c <= 0xfaff || c >= 0xfe10 && c <= 0xfe6f || c >= 0xff00 && c <= 0xff60
    || c >= 0xffe0 && c <= 0xffe6 || c >= 0x16fe0 && c <= 0x18aff || c >= 0x1aff0 && c <= 0x1b2ff || c >= 0x1f000 && c <= 0x1faff
    || c >= 0x20000 && c <= 0x3fffd;
const isMark = c => c >= 0x300 && c <= 0x36f || c >= 0x200b && c <= 0x200d || c >= 0x20d0 && c <= 0x20ff || c >= 0xfe00 && c <= 0xfe0f;
const cellsOf = character => isWide(character.codePointAt(0)) ? 2 : isMark(character.codePointAt(0)) ? 0 : 1;
const grouped = number => number.toLocaleString("en-US", { maximumFractionDigits: 1 });
const percent = (part, all) => (all ? 100 * part / all : 0).toFixed(2) + "%";
const hitsOf = number => grouped(number) + (number === 1 ? " hit" : " hits");

/** As much of a name as fits, and its cells; ".." stands for the rest. */
function fit(name, room) {
    if (room < 3)
        return ["", 0];
    let used = 0, kept = "", keptCells = 0, shown = "";
    for (const character of name) {
        const cells = cellsOf(character);
        if (used + cells > room)
            return kept ? [kept + "..", keptCells + 2] : ["", 0];
        used += cells;
        shown += character;
        if (used + 2 <= room)
            [kept, keptCells] = [shown, used];
    }
    return [shown, used];
}

/** A text in lines of at most so many cells; what is beyond the last line is cut. */
function wrap(text, room, most) {
    const lines = [];
    let line = "", used = 0;
    for (const character of text) {
        const cells = cellsOf(character);
        if (used + cells > room) {
            lines.push(line);
            if (lines.length === most)
                return [...lines.slice(0, -1), fit(line + character.repeat(2), room)[0]];
            [line, used] = ["", 0];
        }
        line += character;
        used += cells;
    }
    return [...lines, line];
}

function make(name, attributes, content) {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const key in attributes)
        element.setAttribute(key, attributes[key]);
    if (content !== undefined)
        element.textContent = content;
    return element;
}

/** A text of known width: which font draws other characters is not known, so how wide they come out is said. */
function textAt(x, y, shown, attributes) {
    const text = make("text", { ...attributes, x, y }, shown);
    if (/[^\x20-\x7e]/.test(shown)) {
        text.setAttribute("lengthAdjust", "spacingAndGlyphs");
        text.setAttribute("textLength", cell * Array.from(shown).reduce((sum, character) => sum + cellsOf(character), 0));
    }
    return text;
}
