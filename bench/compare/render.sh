# shellcheck shell=bash disable=SC2154 # the variables are those of compare.sh, which sources this
# Rendering: what each side makes of its file. Text goes to /dev/null on both sides, so that no disk is measured.

render_all() {
    local data=$work/$workload.data trace=$work/$workload.dtt
    # Both sides find their file in the page cache, or (--cold) neither does.
    cat "$data" "$trace" > /dev/null
    timed "$workload.ours.svg" "$tools" flame --input="$trace" --output="$work/ours.svg"
    timed "$workload.perf.report" perf report --stdio -g -i "$data" > /dev/null 2>&1
    timed "$workload.perf.callers" perf report --stdio -g --no-children -i "$data" > /dev/null 2>&1
    timed "$workload.ours.data.svg" "$tools" flame --input="$data" --output="$work/ours.data.svg"
    timed "$workload.perf.script" perf script -i "$data" > /dev/null 2>&1
    timed "$workload.ours.report" "$tools" report "$trace" > /dev/null
    [ -z "$flamegraph" ] || timed "$workload.flamegraph" sh -c \
        "perf script -i '$data' 2> /dev/null | perl '$flamegraph/stackcollapse-perf.pl' | perl '$flamegraph/flamegraph.pl' > '$work/perl.svg'"
}

# How long until a recorder is armed: its command says what time it is.
start_up() {
    local i before
    say "starting up"
    for ((i = 0; i < 10 * rounds; i++)); do
        before=$(date +%s%N)
        "${perf_record[@]}" -o "$work/start.data" -- date +%s%N > "$work/now" 2> /dev/null
        note perf.armed "$(calculate "($(cat "$work/now") - $before) / 1e9")"
        before=$(date +%s%N)
        "${our_record[@]}" --output="$work/start.dtt" -- date +%s%N > "$work/now" 2> /dev/null
        note ours.armed "$(calculate "($(cat "$work/now") - $before) / 1e9")"
        timed ours.help "$tools" --help > /dev/null
    done
}
