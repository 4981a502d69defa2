// The graph alone: nothing else follows it, and nothing else is in the address.
const changed = () => {}, addState = () => {}, restoreState = () => {};
