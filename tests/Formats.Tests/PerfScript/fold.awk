# Folds what perf script prints as the command flame --format=folded does: thread, frames outermost first, count. Written
# apart from the reader, to be compared with it; knows only what the fixtures hold.
function flush(  i, path) {
    if (!open) return
    path = "CGROUP:[];" process ";" comm
    for (i = frames; i > 0; i--) path = path ";" name[i]
    count[path]++; open = frames = users = ended = 0
}
function frame(text,  address, n, dso, kernel) {
    sub(/^[ \t]+/, "", text)
    address = text; sub(/ .*/, "", address)
    n = text; sub(/^[0-9a-f]+ /, "", n)
    dso = "(inlined)"
    if (n ~ / \(inlined\)$/) sub(/ \(inlined\)$/, "", n)
    else if (n ~ /^\[unknown\] /) { dso = substr(n, 11); n = "UNKNOWN" }
    else if (match(n, /\+0x[0-9a-f]+ \(/)) { dso = substr(n, RSTART + RLENGTH - 1); n = substr(n, 1, RSTART - 1) }
    else if (match(n, / \([^ ]*\)$/)) { dso = substr(n, RSTART + 1); n = substr(n, 1, RSTART - 1) }
    sub(/\+0x[0-9a-f]+$/, "", n)
    kernel = length(address) == 16 && address ~ /^ffff/
    if (!kernel && users++ > 0 && address == "0" && dso == "([unknown])") ended = 1
    if (ended) return
    if (kernel && dso ~ /^\(\[/ && dso != "([kernel.kallsyms])" && dso != "([unknown])") n = n " " substr(dso, 2, length(dso) - 2)
    gsub(/;/, ":", n)
    name[++frames] = n
}
/^#/ || / PERF_RECORD_/ { flush(); next }
/^$/ { flush(); next }
/^  [^ ]/ && frames { next }
/^\t/ { if (open) frame($0); next }
{
    flush(); open = 1
    comm = $0; sub(/^ */, "", comm)
    id = comm
    sub(/ +[0-9]+(\/[0-9]+ *)? +(\[[0-9]+\] +)?[0-9]+\.[0-9]+: .*/, "", comm)
    id = substr(id, length(comm) + 1); sub(/^ */, "", id); sub(/ .*/, "", id)
    # Only a hit of its main thread says what a process is called.
    process = comm
    if (split(id, ids, "/") == 2) {
        if (ids[1] == ids[2]) main[ids[1]] = comm
        else if (ids[1] in main) process = main[ids[1]]
    }
    if ($0 ~ /cpu-clock:  +[0-9a-f]+ /) { own = $0; sub(/.*cpu-clock: /, "", own); frame(own) }
}
END { flush(); for (path in count) print path, count[path] }
