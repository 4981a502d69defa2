#!/usr/bin/env bash
# The other sources behind the same engine, and where a hit's cgroup comes from.
# shellcheck source=tests/tap.sh
. "$(dirname "$(readlink -f "$0")")/../tap.sh"
# shellcheck source=tests/vm/reports.sh
. "$top/tests/vm/reports.sh"
program threads
calls=300
work=("$scratch/threads" --calls "$calls")
workers=$((5 * calls))
# How many hits the workers have.
of_workers() { hits "$scratch/report" '^[0-9]+ worker-[0-4]$'; }

recorded "a return probe is recorded" --probe=kretprobe:vfs_read -- "${work[@]}"
equal "on every return" "$workers" "$(of_workers)"
recorded "an offset in a function is accepted" --probe=vfs_read+0 -- "${work[@]}"
equal "and hits as its entry does" "$workers" "$(of_workers)"

# The kernel lets a thread move to another CPU between the probes that it placed for two CPUs on one instruction: a call
# can then count twice or not at all. (Handlers of kprobes cannot be moved; those counts are exact.)
calls_of_workers() { between "$1" $((workers - 5)) $((workers + 5)) "$(of_workers)"; }

recorded "a function of a program is recorded" --probe="uprobe:$scratch/threads:inner" -- "${work[@]}"
calls_of_workers "on every call"
contains "with its own stack" "inner;middle;outer" "$(stacks "$scratch/report" '~' worker-0 | sed -n 1p)"
offset=$(readelf -sW "$scratch/threads" | awk '$8 == "inner" { print "0x" $2 }')
recorded "an offset in a program is recorded" --probe="uprobe:$scratch/threads:+$offset" -- "${work[@]}"
calls_of_workers "as often as the function there"
recorded "the return of a function of a program is recorded" --probe="uretprobe:$scratch/threads:inner" -- "${work[@]}"
calls_of_workers "on every return of it"

recorded "a tracepoint is recorded" --probe=tracepoint:syscalls:sys_enter_read -- "${work[@]}"
equal "on every system call" "$workers" "$(of_workers)"
recorded "a software event is recorded" --probe=software:cpu-clock --period=10000000 -- sh -c 'i=0; while [ $i -lt 30000 ]; do i=$((i + 1)); done'
between "as often as time passes" 5 100000 "$(hits "$scratch/report" '^[0-9]+ sh$')"

"$tools" record --probe=vfs_read --command-only --output="$scratch/trace.dtt" -- "${work[@]}" > "$scratch/said" 2>&1
equal "only the command is recorded where that is asked for" 0 $?
"$tools" report "$scratch/trace.dtt" > "$scratch/report"
equal "with all its threads, which start while it is recorded" "$workers" "$(of_workers)"
equal "and nobody else" "" "$(hit_threads "$scratch/report" | sed 's/^[0-9]* //' | grep -vE '^(worker-[0-4]|leader|threads|diagnose-captur|exe)$' | sort -u)"

# A cgroup made while nothing is recorded, and one made meanwhile.
groups=/sys/fs/cgroup
# As on any machine that systemd manages: a hierarchy without any controller shows every process at its root.
echo +pids > "$groups/cgroup.subtree_control"
mkdir -p "$groups/made-before"
# shellcheck disable=SC2016
recorded "processes of two cgroups are recorded" --probe=vfs_read -- bash -c '
    mkdir -p "$2/made-before/meanwhile"
    bash -c "echo \$\$ > $2/made-before/cgroup.procs; exec dd if=/dev/zero of=/dev/null bs=1 count=50 status=none"
    bash -c "echo \$\$ > $2/made-before/meanwhile/cgroup.procs; exec head -c 40 /dev/zero > /dev/null"
    cat /dev/null; rmdir "$2/made-before/meanwhile"' bash x "$groups"
grouped() { grep -A1 "^KPROBE命中：PID： *[0-9]*\[$1\]" "$scratch/report" | sed -n 's/^##CGROUP:\[\(.*\)\]  [0-9]* .*/\1/p' | sort | uniq -c | sort -rn | sed -n '1s/^ *[0-9]* //p'; }
equal "a hit names the cgroup of its process" made-before "$(grouped dd)"
equal "also one that is gone by the end" meanwhile "$(grouped head)"
rmdir "$groups/made-before"
finish
