#!/usr/bin/env bash
# What the other tests in the VM stand on: the kernel's probes, its file systems and modules, and perf.
# shellcheck source=tests/tap.sh
. "$(dirname "$(readlink -f "$0")")/../tap.sh"

check "the kernel has a kprobe PMU" test -s /sys/bus/event_source/devices/kprobe/type
check "the kernel has a uprobe PMU" test -s /sys/bus/event_source/devices/uprobe/type
check "tracefs is mounted" test -w /sys/kernel/tracing/kprobe_events
check "debugfs is mounted" test -d /sys/kernel/debug/tracing
check "cgroup2 is mounted" test -r /sys/fs/cgroup/cgroup.procs
check "a cgroup can be made" mkdir /sys/fs/cgroup/harness
check "BTF is there" test -s /sys/kernel/btf/vmlinux
equal "the guest has two CPUs" 2 "$(nproc)"
check "root runs the tests" test "$(id -u)" = 0
check "the kernel's addresses are shown" grep -q '^ffffffff[0-9a-f]*[1-9a-f][0-9a-f]* [Tt] vfs_read$' /proc/kallsyms
check "the built programs are seen" test -x "$tools"
check "the root file system can be written" touch "$top/written-in-the-guest"
check "/vmout can be written" touch /vmout/written-in-the-guest

modprobe=$(command -v modprobe || echo /sbin/modprobe)
check "a module loads" "$modprobe" dummy
check "its symbols are in kallsyms" grep -q '\[dummy\]$' /proc/kallsyms
check "its file is found where it belongs" test -s "/lib/modules/$(uname -r)/kernel/drivers/net/dummy.ko"

program threads
check "a program compiles and runs" "$scratch/threads" --calls 10

if command -v perf >/dev/null; then
    perf record -q -o "$scratch/perf.data" -e raw_syscalls:sys_enter "$scratch/threads" --calls 100 > "$scratch/log" 2>&1
    # System call 0 is read.
    equal "perf counts each read of each worker" 500 \
        "$(perf script -i "$scratch/perf.data" 2>/dev/null | grep -c 'worker-[0-4] .*sys_enter: NR 0 ')"
    echo 'p:harness/hit vfs_read' > /sys/kernel/tracing/kprobe_events
    perf record -q -g -o "$scratch/perf.data" -e harness:hit "$scratch/threads" --calls 100 > "$scratch/log" 2>&1
    perf script -i "$scratch/perf.data" > "$scratch/script" 2>/dev/null
    equal "perf records a kprobe" 500 "$(grep -c '^worker-[0-4] ' "$scratch/script")"
    contains "perf sees the kernel stack" ksys_read "$(cat "$scratch/script")"
    for function in inner middle outer; do
        equal "perf sees $function on every worker's user stack" 500 "$(grep -c " $function" "$scratch/script")"
    done
    echo > /sys/kernel/tracing/kprobe_events
else
    skip "perf records" "perf is not installed"
fi
finish
