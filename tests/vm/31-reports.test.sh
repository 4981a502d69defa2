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
    mkfifo "$scratch/control" "$scratch/ack"
    exec {control}<> "$scratch/control" {ack}<> "$scratch/ack"
    # The kernel's own count, of the same function and the same threads.
    perf stat -a -x ' ' -o "$scratch/stat" --control "fd:$control,$ack" -e kprobes:dtt_count --filter 'comm == "dd"' -- sleep 600 > "$scratch/perf.out" 2>&1 &
    counter=$!
    echo ping >&"$control"
    if read -r -t 60 _ <&"$ack"; then counted=1; fi
fi
activated "the recorder starts" 'probe=vfs_read comm=dd'
load 1 &
load 2 &
total=0
for number in $(seq 20); do
    sleep 0.2
    kprobe --report
    [ "$status" = 0 ] || not_ok "report $number succeeds" "status $status: $(cat "$scratch/err")"
    cat "$scratch/out" >> "$scratch/report"
    here=$(hits "$scratch/out")
    total=$((total + here))
    printf '%s\n' "$here" >> "$scratch/each"
done
# Two at the same moment.
"$tools" kprobe --report > "$scratch/one" & other=$!
"$tools" kprobe --report > "$scratch/two"
wait $other
touch "$scratch/stop"
until [ -e "$scratch/runs.1" ] && [ -e "$scratch/runs.2" ]; do sleep 0.05; done
cat "$scratch/one" "$scratch/two" >> "$scratch/report"
kprobe --deactivate --report
cat "$scratch/out" >> "$scratch/report"
between "most reports had hits" 15 20 "$(grep -cv '^0$' "$scratch/each")"
sum=$(hits "$scratch/report")
# Each dd also reads a little while it is loaded, before its thread is called dd or after.
runs=$(($(cat "$scratch/runs.1") + $(cat "$scratch/runs.2")))
between "the reports together have every read" $((runs * 500)) $((runs * 510)) "$sum"
if [ -n "$counted" ]; then
    kill -INT "$counter"
    wait "$counter"
    equal "the reports together have as many hits as the kernel counted" "$(awk '$0 ~ /dtt_count/ { print $1 }' "$scratch/stat")" "$sum"
else
    skip "the reports together have as many hits as the kernel counted" "perf is not installed"
fi
equal "every hit is whole" "$sum" "$(grep -c '^##$' "$scratch/report")"
equal "no hit is shown twice" "" "$(sed -n 's/^KPROBE命中：PID： *\(.*\)$/\1/p' "$scratch/report" | sort | uniq -c | awk '$1 > 2' | head -n 3)"
equal "nothing was lost" "" "$(grep -o '.*lost.*' "$scratch/err")"
if command -v perf > /dev/null; then
    exec {control}>&- {ack}>&-
    echo > /sys/kernel/tracing/kprobe_events
fi
clean
finish
