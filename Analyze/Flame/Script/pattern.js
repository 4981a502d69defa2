// Regular expressions by all their states at once, in time that grows with the name's length and no faster: on a name made
// for it the browser's own may take for ever, and nothing stops that. What looks ahead, behind or back cannot be had so.
const mostStates = 20000;

/** What the text asks for, as a tree. Throws where it is no regular expression, or one of those. */
function parsePattern(text) {
    new RegExp(text);
    let at = 0;
    const take = expression => {
        expression.lastIndex = at;
        const found = expression.exec(text);
        at += found?.[0].length ?? 0;
        return found;
    };
    const choice = () => {
        const ways = [sequence()];
        while (text[at] === "|") {
            at++;
            ways.push(sequence());
        }
        return { ways };
    };
    const sequence = () => {
        const parts = [];
        while (at < text.length && text[at] !== "|" && text[at] !== ")")
            parts.push(repeated(atom()));
        return { parts };
    };
    const atom = () => {
        const [token] = take(/\(\?:|\(\?<(?![=!])[^>]*>|\[(?:\\[^]|[^\]\\])*\]|\\(?:x[\da-fA-F]{2}|u[\da-fA-F]{4}|c[a-zA-Z]|0\d+|[^])|[^]/y);
        if (token === "(" && text[at] === "?" || /^\\(?:[1-9k]|0\d)/.test(token))
            throw new SyntaxError("not without going back");
        if (token[0] === "(") {
            const inner = choice();
            at++;
            return inner;
        }
        return /^(?:[\^$]|\\[bB])$/.test(token) ? { place: token } : { unit: token };
    };
    const repeated = of => {
        const found = take(/(?:([*+?])|\{(\d+)(,?)(\d*)\})\??/y);
        if (!found)
            return of;
        const [, sign, few, comma, many] = found;
        return sign ? { of, least: sign === "+" ? 1 : 0, most: sign === "?" ? 1 : Infinity }
            : { of, least: +few, most: many ? +many : comma ? Infinity : +few };
    };
    return choice();
}

const isWord = unit => unit >= 48 && unit <= 57 || unit >= 65 && unit <= 90 || unit === 95 || unit >= 97 && unit <= 122;
const isEdge = (name, at) => isWord(name.charCodeAt(at - 1)) !== isWord(name.charCodeAt(at));
const places = {
    "^": (name, at) => at === 0, "$": (name, at) => at === name.length, "\\b": isEdge, "\\B": (name, at) => !isEdge(name, at),
};

/** Whether one unit of a name is one that a class, an escape or a letter stands for. */
function unitTest(token) {
    if (token.length === 1 && token !== ".")
        return unit => unit === token.charCodeAt(0);
    const expression = new RegExp(`^${token}$`), known = Uint8Array.from({ length: 128 }, (_, unit) => expression.test(String.fromCharCode(unit)));
    return unit => unit < 128 ? known[unit] : expression.test(String.fromCharCode(unit));
}

/** A function of a name, and of one that tells when the time is over, that tells whether the name matches. */
function compilePattern(text) {
    let made = 0;
    const tests = new Map();
    const state = what => ({ ...what, id: made++ });
    const emit = (tree, next) => {
        // Also what needs no state counts: an empty group can be repeated very often.
        if (made++ > mostStates)
            throw new RangeError("too much");
        if (tree.ways)
            return tree.ways.length === 1 ? emit(tree.ways[0], next) : state({ to: tree.ways.map(way => emit(way, next)) });
        if (tree.parts)
            return tree.parts.reduceRight((then, part) => emit(part, then), next);
        if (tree.place)
            return state({ holds: places[tree.place], next });
        if (tree.unit) {
            if (!tests.has(tree.unit))
                tests.set(tree.unit, unitTest(tree.unit));
            return state({ takes: tests.get(tree.unit), next });
        }
        let then = next;
        if (tree.most === Infinity) {
            then = state({ to: [next] });
            then.to.push(emit(tree.of, then));
        } else
            for (let i = tree.least; i < tree.most; i++)
                then = state({ to: [next, emit(tree.of, then)] });
        for (let i = 0; i < tree.least; i++)
            then = emit(tree.of, then);
        return then;
    };
    const last = state({}), first = emit(parsePattern(text), last), marks = new Int32Array(made);
    let mark = 0;
    return (name, isLate) => {
        let open = [];
        for (let at = 0; at <= name.length; at++) {
            if (at % 64 === 63 && isLate())
                return false;
            mark++;
            open.push(first);
            const next = [], unit = name.charCodeAt(at);
            while (open.length) {
                const one = open.pop();
                if (marks[one.id] === mark)
                    continue;
                marks[one.id] = mark;
                if (one === last)
                    return true;
                if (one.to)
                    open.push(...one.to);
                else if (one.takes) {
                    if (one.takes(unit))
                        next.push(one.next);
                } else if (one.holds(name, at))
                    open.push(one.next);
            }
            open = next;
        }
        return false;
    };
}
