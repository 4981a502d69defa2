# shellcheck shell=bash disable=SC2154 # the variables are those of compare.sh, which sources this
# Whether both sides saw the same: every call of the workload's loop, with the same stack, as many times.

# perf record writes some records twice when a ring fills while it is read (perf_mmap__push() reads the ring's head a second
# time and then remembers the first): one thread twice at the same nanosecond is one hit.
fold_perf() {
    perf script -i "$1" -F comm,tid,time,ip,sym --ns 2> /dev/null | awk -v doubled="$2.doubled" -v everything="$2.everything" -f "$here/compare/fold-perf.awk" | sort
}

fold_ours() {
    "$tools" flame --input="$1" --format=folded --output=- | awk -f "$here/compare/fold-ours.awk" | sort
}

hits_in() { awk '{ hits += $NF } END { print hits + 0 }' "$1"; }

# fold_perf_side SIDE FILE [OPTION]: perf may lose records where we lose none; then it gets more chances.
fold_perf_side() {
    local side=$1 file=$2 attempt found
    shift 2
    for attempt in 1 2 3 4 5 6; do
        fold_perf "$file" "$work/$workload.$side" > "$work/$workload.folded.$side"
        found=$(hits_in "$work/$workload.folded.$side")
        if [ "$found" = "$hits" ] || [ "$attempt" = 6 ]; then break; fi
        say "$workload: $side has $found hits of the workload's loop instead of $hits: recording again"
        beside "$workload.$side" "${perf_record[@]}" "$@" -o "$file" -- "${gate[@]}"
    done
}

agree() {
    local side good=0
    fold_perf_side perf "$work/$workload.data"
    fold_perf_side perf-z "$work/$workload.z.data" -z
    fold_ours "$work/$workload.dtt" > "$work/$workload.folded.ours"
    fold_ours "$work/$workload.data" > "$work/$workload.folded.imported"
    for side in perf perf-z ours; do
        if [ "$(hits_in "$work/$workload.folded.$side")" != "$hits" ]; then
            say "$workload: $side has $(hits_in "$work/$workload.folded.$side") hits of the workload's loop instead of $hits"
            good=1
        fi
        if ! cmp -s "$work/$workload.folded.perf" "$work/$workload.folded.$side"; then
            say "$workload: the folded stacks of $side are not those of perf:"
            diff "$work/$workload.folded.perf" "$work/$workload.folded.$side" | head -n 6 >&2 || true
            good=1
        fi
    done
    # perf's file read by us: what stands in it, twice what stands in it twice.
    if ! cmp -s <(sort "$work/$workload.perf.everything") "$work/$workload.folded.imported"; then
        say "$workload: perf's own file does not give the same stacks when we read it"
        good=1
    fi
    [ "$good" = 0 ] || : > "$work/$workload.differs"
    return "$good"
}
