#!/usr/bin/env bash
# The whole job in one command: builds, records, prints a report and draws a flame graph.
#   samples/quickstart.sh [FOLDER]     where the results go (default samples/output)
# With the privilege to it records a kprobe, or where the kernel has none the nearest thing that it has; without, it
# shows the same on a trace that was recorded before and lies beside this script.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=${here%/*}
out=${1:-$here/output}

"$top/build.sh"
mkdir -p "$out"
out=$(cd "$out" && pwd)
tools=$top/artifacts/diagnose-tools
trace=$out/trace.dtt
load=(sh -c 'for i in 1 2 3; do sort /etc/services 2>/dev/null | gzip -c | wc -c; ls -l /usr/bin | wc -l; done')

# Tracepoints are found through tracefs, which a fresh machine may not have mounted yet.
mount_tracefs() {
    [ ! -e /sys/kernel/tracing/events ] && [ ! -e /sys/kernel/debug/tracing/events ] || return 0
    [ "$(id -u)" = 0 ] && mount -t tracefs tracefs /sys/kernel/tracing 2> /dev/null \
        && echo "quickstart: mounted tracefs on /sys/kernel/tracing"
}

# record PROBE: records it, or says why that cannot be and fails.
record() {
    echo "quickstart: diagnose-tools record --probe=$1 --output=$trace -- ${load[0]} …"
    "$tools" record --probe="$1" --output="$trace" -- "${load[@]}" > /dev/null
}

recorded=
if [ -e /sys/bus/event_source/devices/kprobe/type ]; then
    record vfs_read && recorded=kprobe:vfs_read
else
    echo "quickstart: this kernel has no kprobes (CONFIG_KPROBE_EVENTS); recording a tracepoint instead"
fi
if [ -z "$recorded" ] && mount_tracefs; then
    record tracepoint:raw_syscalls:sys_enter && recorded=tracepoint:raw_syscalls:sys_enter
fi
if [ -z "$recorded" ]; then
    echo "quickstart: nothing can be recorded here by $(id -un); showing samples/vfs_read.dtt, recorded before"
    install -m 600 "$here/vfs_read.dtt" "$trace"
fi

"$tools" report "$trace" > "$out/report.txt"
"$tools" flame --input="$trace" --output="$out/flame.svg"
"$tools" flame --input="$trace" --output="$out/flame.html"
echo
echo "The first hit of the report:"
sed '/^##$/q' "$out/report.txt"
echo
"$tools" info "$trace"
echo
echo "report       $out/report.txt ($(grep -c '^##CGROUP' "$out/report.txt") hits)"
echo "flame graph  $out/flame.svg (open it in a browser), with timeline and tables $out/flame.html"
