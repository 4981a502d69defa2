#!/usr/bin/env bash
# Recording the whole machine: every hit, with the stacks that perf sees at the same moments.
# shellcheck source=tests/tap.sh
. "$(dirname "$(readlink -f "$0")")/../tap.sh"
# shellcheck source=tests/vm/reports.sh
. "$top/tests/vm/reports.sh"

reads=20000
dd=(dd if=/dev/zero of=/dev/null bs=1 "count=$reads" status=none)

if command -v perf > /dev/null; then
    echo 'p:kprobes/dtt_vfs_read vfs_read' > /sys/kernel/tracing/kprobe_events
    # perf counts all CPUs from before the recorder starts until after it ends: both see all of dd's life. Both follow frame pointers:
    # copies of stacks can come faster than an emulated machine takes them.
    perf record -q -a -g -c 1 -m 8M -e kprobes:dtt_vfs_read -o "$scratch/perf.data" -- \
        "$tools" record --probe=vfs_read --user-stack=fp --output="$scratch/trace.dtt" -- "${dd[@]}" > "$scratch/said" 2>&1
    equal "record succeeds beside perf" 0 $?
    "$tools" report "$scratch/trace.dtt" > "$scratch/report"
    equal "report succeeds" 0 $?
    perf script -i "$scratch/perf.data" -F comm,ip,sym > "$scratch/script" 2> /dev/null
    if perf report -i "$scratch/perf.data" --stats 2> /dev/null | grep -q '^ *LOST events: *[1-9]'; then
        skip "the kernel stacks are perf's" "perf itself lost events on this machine"
    else
        stacks "$scratch/report" @ dd | counted > "$scratch/ours"
        perf_kernel_stacks "$scratch/script" dd | counted > "$scratch/theirs"
        between "perf saw dd" "$reads" $((reads + 100)) "$(perf_kernel_stacks "$scratch/script" dd | wc -l)"
        equal "as many hits by dd as perf" "$(perf_kernel_stacks "$scratch/script" dd | wc -l)" "$(hits "$scratch/report" '^[0-9]+ dd$')"
        check "the kernel stacks are perf's, as often" diff "$scratch/theirs" "$scratch/ours"
    fi
    echo > /sys/kernel/tracing/kprobe_events
else
    skip "hits and stacks are perf's" "perf is not installed"
    recorded "record succeeds" --probe=vfs_read --user-stack=fp -- "${dd[@]}"
fi
between "every read of dd is a hit" "$reads" $((reads + 100)) "$(hits "$scratch/report" '^[0-9]+ dd$')"
equal "nothing was lost" 0 "$(lost "$scratch/trace.dtt")"
contains "info names the probe" vfs_read "$("$tools" info "$scratch/trace.dtt")"
contains "the leaf is the probed function" "vfs_read;ksys_read;" "$(stacks "$scratch/report" @ dd | counted | sort -rn | sed -n 1p)"
contains "the ancestry of dd goes through the recorder" "dd;diagnose-" "$(stacks "$scratch/report" ^ dd | counted | sort -rn | sed -n 1p)"
equal "every hit is closed" "$(hits "$scratch/report")" "$(grep -c '^##$' "$scratch/report")"

"$tools" flame --input="$scratch/trace.dtt" --output="$scratch/folded" --format=folded > "$scratch/said" 2>&1
equal "flame folds the stacks" 0 $?
equal "the folded counts add up to the hits" "$(hits "$scratch/report")" "$(awk '{ sum += $NF } END { print sum + 0 }' "$scratch/folded")"
"$tools" flame --input="$scratch/trace.dtt" --output="$scratch/flame.svg" > "$scratch/said" 2>&1
equal "flame draws the trace" 0 $?
contains "the flame graph shows the probed function" vfs_read "$(cat "$scratch/flame.svg")"
contains "the flame graph is whole" "</svg>" "$(tail -n 1 "$scratch/flame.svg")"
"$tools" flame --input="$scratch/report" --output="$scratch/again" --format=folded > "$scratch/said" 2>&1
equal "flame reads the report, too" 0 $?

# The guest's root file system is overlay's, a module: every read of a file goes through it.
recorded "a function of a module can be probed" --probe=ovl_read_iter -- cat "$top/build.sh"
check "its frame names the module" grep -qE '^#@ +0xffffffff[0-9a-f]+ ovl_read_iter +\[overlay\] +\(\[kernel\.kallsyms\]\)$' "$scratch/report"

recorded "--period is accepted" --probe=vfs_read --period=10 -- "${dd[@]}"
between "one hit in ten is recorded" $((reads / 10 - 20)) $((reads / 10 + 20)) "$(hits "$scratch/report" '^[0-9]+ dd$')"

start=$SECONDS
recorded "--duration ends a recording without a command" --probe=vfs_read --duration=2
between "after that many seconds" 2 8 $((SECONDS - start))

program threads
recorded "threads are recorded" --probe=vfs_read -- "$scratch/threads" --calls 200
for index in 0 1 2 3 4; do
    equal "worker-$index has its hits" 200 "$(hits "$scratch/report" "^[0-9]+ worker-$index\$")"
    equal "worker-$index has its user stack on each" 200 \
        "$(stacks "$scratch/report" '~' "worker-$index" | grep -c '^read_byte;inner;middle;outer;work')"
done

program deep
recorded "deep user stacks are recorded" --probe=vfs_read --comm=deep -- "$scratch/deep" --depth 500 --calls 100
equal "each of them" 100 "$(stacks "$scratch/report" '~' deep | grep -c '^read_byte;bottom;descend;descend;descend;')"
finish
