#!/usr/bin/env bash
# Reports while the recorder goes on: no hit is lost, and none is shown twice.
# shellcheck source=tests/tap.sh
. "$(dirname "$(readlink -f "$0")")/../tap.sh"
# shellcheck source=tests/vm/reports.sh
. "$top/tests/vm/reports.sh"
# shellcheck source=tests/vm/kprobe.sh
. "$top/tests/vm/kprobe.sh"
clean

# A steady load by a program called dd, until $scratch/stop exists; each run reads 500 times. Reports are text of some
# 1.5 KB a hit, and the guest's disk is its memory.
load() {
    local runs=0
    until [ -e "$scratch/stop" ]; do
        reads 500
        sleep 0.1
        runs=$((runs + 1))
    done
    echo "$runs" > "$scratch/runs.$1"
}

counted=
if command -v perf > /dev/null; then
    echo 'p:kprobes/dtt_count vfs_read' > /sys/kernel/tracing/kprobe_events
    mkfifo "$scratch/end"
    # The kernel's own count, of the same function and the same threads, until somebody opens the pipe and closes it.
    # shellcheck disable=SC2016
    perf stat -a -x ' ' -o "$scratch/stat" -e kprobes:dtt_count --filter 'comm == "dd"' -- \
        sh -c 'touch "$1/started"; cat "$1/end"' sh "$scratch" > "$scratch/perf.out" 2>&1 &
    counter=$!
    for ((i = 0; i < 600; i++)); do
        if [ -e "$scratch/started" ]; then counted=1; break; fi
        sleep 0.1
    done
fi
activated "the recorder starts" 'probe=vfs_read comm=dd'
load 1 &
load 2 &
for number in $(seq 20); do
    sleep 0.2
    kprobe --report
    [ "$status" = 0 ] || not_ok "report $number succeeds" "status $status: $(cat "$scratch/err")"
    cat "$scratch/err" >> "$scratch/errors"
    mv "$scratch/out" "$scratch/part.$number"
    hits "$scratch/part.$number" >> "$scratch/each"
done
# Two at the same moment.
"$tools" kprobe --report > "$scratch/part.one" 2>> "$scratch/errors" & other=$!
"$tools" kprobe --report > "$scratch/part.two" 2>> "$scratch/errors"
equal "of two reports at one moment one succeeds" 0 $?
wait $other
equal "and the other" 0 $?
touch "$scratch/stop"
until [ -e "$scratch/runs.1" ] && [ -e "$scratch/runs.2" ]; do sleep 0.05; done
kprobe --deactivate --report
equal "the last report succeeds" 0 "$status"
cat "$scratch/err" >> "$scratch/errors"
mv "$scratch/out" "$scratch/part.last"
cat "$scratch"/part.* > "$scratch/report"
between "most reports had hits" 15 20 "$(grep -cv '^0$' "$scratch/each")"
sum=$(hits "$scratch/report")
# Each dd also reads a little while it is loaded, before its thread is called dd or after.
runs=$(($(cat "$scratch/runs.1") + $(cat "$scratch/runs.2")))
between "the reports together have every read" $((runs * 500)) $((runs * 510)) "$sum"
if [ -n "$counted" ]; then
    : > "$scratch/end"
    wait "$counter"
    equal "the reports together have as many hits as the kernel counted" "$(awk '$0 ~ /dtt_count/ { print $1 }' "$scratch/stat")" "$sum"
elif command -v perf > /dev/null; then
    not_ok "the reports together have as many hits as the kernel counted" "perf does not count: $(cat "$scratch/perf.out")"
else
    skip "the reports together have as many hits as the kernel counted" "perf is not installed"
fi
equal "every hit is whole" "$sum" "$(grep -c '^##$' "$scratch/report")"
# A thread and a time are one hit.
equal "no hit is shown in two reports" "" "$(for part in "$scratch"/part.*; do grep '^KPROBE' "$part" | sort -u; done | sort | uniq -d | head -n 3)"
equal "no report has anything to complain of, or lost" "" "$(cat "$scratch/errors")"
if command -v perf > /dev/null; then
    echo > /sys/kernel/tracing/kprobe_events
fi
clean
finish
