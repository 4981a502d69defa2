// Counts the frames anew for the chosen range. In a page all frames are there, so that the sums are exact.
const selfOfAll = Float64Array.from(self);

function recount() {
    if (scale)
        return;
    if (range) {
        self.fill(0);
        for (let slot = range[0]; slot < range[1]; slot++)
            slotFrames[slot]?.forEach((frame, at) => self[frame] += slotHits[slot][at]);
    } else
        self.set(selfOfAll);
    total.set(self);
    for (let frame = count - 1; frame > 0; frame--)
        total[parent[frame]] += total[frame];
    // Hits to the left of the next frame on each.
    const next = numbers();
    for (let frame = 1; frame < count; frame++) {
        const on = parent[frame];
        start[frame] = start[on] + next[on];
        next[on] += total[frame];
    }
}
