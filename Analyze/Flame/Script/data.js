// What the file holds, as arrays by frame: a frame before those on it, left before right. Frame 0 is the root.
const svg = document.currentScript?.ownerSVGElement ?? document.querySelector("#graph svg") ?? document.documentElement;
const part = id => svg.querySelector("#" + id);
const data = JSON.parse(part("data").textContent);
const modules = JSON.parse(part("modules")?.textContent || "null");
const scale = data.scale ?? null;
const fields = scale ? 8 : 6;
const count = data.frames.length / fields;
const ints = () => new Int32Array(count), numbers = () => new Float64Array(count);
const node = ints(), depth = ints(), fn = ints(), parent = ints(), end = ints();
const start = numbers(), total = numbers(), self = numbers();
const before = scale && numbers(), after = scale && numbers(), selfBefore = scale && numbers(), selfAfter = scale && numbers();

{
    const open = [];
    let last = 0;
    for (let i = 0, at = 0; i < count; i++, at += fields) {
        last += data.frames[at];
        node[i] = last;
        depth[i] = data.frames[at + 1];
        fn[i] = data.frames[at + 2];
        parent[i] = depth[i] ? open[depth[i] - 1] : -1;
        open[depth[i]] = i;
        start[i] = data.frames[at + 3] + (depth[i] ? start[parent[i]] : 0);
        if (scale) {
            [before[i], after[i], selfBefore[i], selfAfter[i]] = data.frames.slice(at + 4, at + 8);
            total[i] = before[i] * scale[0] + after[i] * scale[1];
            self[i] = selfBefore[i] * scale[0] + selfAfter[i] * scale[1];
        } else {
            total[i] = data.frames[at + 4];
            self[i] = data.frames[at + 5];
        }
    }
    for (let i = count - 1; i >= 0; i--) {
        end[i] = Math.max(end[i], i + 1);
        if (i)
            end[parent[i]] = Math.max(end[parent[i]], end[i]);
    }
    data.frames = null;
}

// A function is a name of a kind; its first two characters are its colour's class.
const functions = data.functions.map(text => text.slice(2));
const kinds = {
    r: "all stacks", c: "cgroup", p: "process", t: "thread", u: "user", j: "managed (JIT)", k: "kernel", m: "kernel module",
    x: "frame without a name",
};
const kindOf = frame => kinds[data.functions[fn[frame]][0]];
const isFunction = f => !"rcpt".includes(data.functions[f][0]);

function moduleOf(frame) {
    const name = functions[fn[frame]];
    switch (data.functions[fn[frame]][0]) {
        case "m": return name.slice(name.lastIndexOf("[") + 1, -1);
        case "k": return "";
        default: return modules?.names[modules.frames[frame]] ?? "";
    }
}

// How a frame has changed, as the program that wrote the file colours it.
function change(was, is) {
    if (!was || !is)
        return was ? "v0" : is ? "n0" : "e0";
    const part = (is * scale[1] - was * scale[0]) / (is * scale[1] + was * scale[0]), much = Math.abs(part);
    return much < 0.02 ? "e0" : (part < 0 ? "s" : "g") + (much < 0.15 ? 1 : much < 0.4 ? 2 : 3);
}

const classOf = frame => scale && frame ? change(before[frame], after[frame]) : data.functions[fn[frame]].slice(0, 2);

/** The frame of a node of the merged stacks; -1 where the file has none. */
function frameOfNode(wanted) {
    let low = 0, high = count - 1;
    while (low <= high) {
        const middle = low + high >> 1;
        if (node[middle] === wanted)
            return middle;
        node[middle] < wanted ? low = middle + 1 : high = middle - 1;
    }
    return -1;
}
