#!/bin/sh
# Records the perf.data fixtures beside this script with perf(1), as root, and writes down what perf itself reads in
# them: NAME.data.gz and NAME.expected.gz. Run by hand; the tests only read what it left.
#
# NAME.expected has these lines:
#   header KEY=VALUE           from perf report --header-only
#   buildid HEX NAME           from perf buildid-list
#   kind KIND COUNT            records, from the statistics of perf report -D
#   stacks COUNT BYTES         user stack dumps, from perf report -D
#   sample EVENT PID TID CPU TIME PERIOD CHAIN    one for each sample, in the order of perf script; CHAIN from perf
#                              report -D, leaf first with markers, - where there is none
set -eu
cd "$(dirname "$0")"
here=$(pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
load='i=0; while [ $i -lt 4 ]; do i=$((i+1)); cat /dev/null; read -r line < /proc/uptime; done'
spin='i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done'

expect() { # NAME
    perf report --header-only -i "$work/$1" 2>/dev/null | sed -n -E \
        's/^# (hostname|os release|perf version|arch|nrcpus online|nrcpus avail|cpudesc|cpuid|total memory) : (.*)$/header \1=\2/p'
    perf buildid-list -i "$work/$1" 2>/dev/null | sed -n -E 's/^[0-9a-f]{40} /buildid &/p'
    perf report -D -i "$work/$1" 2>/dev/null > "$work/dump"
    awk '
        /^Aggregated stats:/ { stats = 1; next }
        stats && / events: / { if ($1 != "TOTAL") print "kind", $1, $3 + 0; next }
        stats { exit }
        /^\.\.\. ustack: size / { dumps++; bytes += $4 }
        END { if (dumps) print "stacks", dumps, bytes }' "$work/dump"
    # The callchain as the kernel wrote it, markers too: perf script leaves those out and shows addresses in files.
    awk '
        function flush() { if (open) print (chain == "" ? "-" : chain); open = 0; chain = "" }
        / PERF_RECORD_SAMPLE\(/ { flush(); open = 1; next }
        /^$/ { flush() }
        open && /^\.\.\.\.\. +[0-9]+: [0-9a-f]+$/ { chain = chain == "" ? $3 : chain "," $3 }
        END { flush() }' "$work/dump" > "$work/chains"
    { perf script -i "$work/$1" --ns -F event,pid,tid,cpu,time,period -G 2>/dev/null \
        || perf script -i "$work/$1" --ns -F event,pid,tid,time,period -G 2>/dev/null; } | awk '
        {
            split($1, who, "/"); at = 2; cpu = 0
            if ($at ~ /^\[/) { cpu = $at; gsub(/[][]/, "", cpu); cpu += 0; at++ }
            time = $at; gsub(/[.:]/, "", time); sub(/^0+/, "", time)
            event = $(at + 2); sub(/:$/, "", event)
            print "sample", event, who[1], who[2], cpu, time, $(at + 1)
        }' > "$work/samples"
    paste -d ' ' "$work/samples" "$work/chains"
}

record() { # NAME PERF-RECORD-ARGUMENTS...
    name=$1
    shift
    perf record -q -N --no-bpf-event -m 32 "$@" > "$work/out" 2> "$work/err" || { cat "$work/err" >&2; exit 1; }
    [ -s "$work/$name" ] || mv "$work/out" "$work/$name"
    expect "$name" > "$work/expected"
    gzip -9nc "$work/$name" > "$here/$name.data.gz"
    gzip -9nc "$work/expected" > "$here/$name.expected.gz"
    echo "$name: $(wc -c < "$work/$name") bytes, $(grep -c ^sample "$work/expected") samples"
}

# One event: samples have no id.
record single -o "$work/single" -e cpu-clock -c 1000000 -g -- sh -c "$spin"
# Several events with different fields, kernel and user callchains, cgroups, namespaces, a named clock.
record several -o "$work/several" -k CLOCK_MONOTONIC --all-cgroups --namespaces --sample-cpu \
    -e sched:sched_switch/call-graph=fp/ -e raw_syscalls:sys_enter -e cpu-clock/freq=1000/ -- sh -c "$load"
# The same in pipe mode.
record pipe -o - -e raw_syscalls:sys_enter -e cpu-clock/freq=1000/ --sample-cpu -g -- sh -c "$load"
# Compressed; records of two CPUs.
record zstd -o "$work/zstd" -z -a -g -e raw_syscalls:sys_enter -- sh -c "$load"
# User registers and stacks.
record dwarf -o "$work/dwarf" -e cpu-clock -c 3000000 --call-graph dwarf,1024 -- sh -c "$spin"
# A group read at each sample, and whatever else a software event can be asked for.
record fields -o "$work/fields" -d --phys-data --data-page-size --code-page-size -W --intr-regs=ip,sp,ax --user-regs=ip,sp \
    -e '{cpu-clock,context-switches,page-faults}:S' -c 1000000 -- sh -c "$spin"
