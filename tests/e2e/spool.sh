#!/usr/bin/env bash
# The spool of the background recorder: bounded on disk, and honest when the disk is full. With a tracepoint, on this
# machine's own kernel: only here are there hits enough. In a mount namespace with state folders of its own.
if [ "${SPOOL_IS_PRIVATE-}" != 1 ] && [ "$(id -u)" = 0 ]; then
    # shellcheck disable=SC2016
    SPOOL_IS_PRIVATE=1 exec unshare -m bash -c 'mount -t tmpfs -o mode=755 none /run && mount -t tmpfs -o mode=755 none /var/lib && exec bash "$0"' \
        "$(readlink -f "$0")"
fi
# shellcheck source=tests/tap.sh
. "$(dirname "$(readlink -f "$0")")/../tap.sh"
# shellcheck source=tests/vm/kprobe.sh
. "$top/tests/vm/kprobe.sh"
probe=tracepoint:raw_syscalls:sys_enter
[ -e /sys/kernel/tracing/events ] || mount -t tracefs tracefs /sys/kernel/tracing 2> /dev/null
if [ "${SPOOL_IS_PRIVATE-}" != 1 ] || [ ! -e /sys/kernel/tracing/events/raw_syscalls/sys_enter ]; then
    skip "the spool" "this takes root, and a kernel with $probe"
    finish
fi
trap 'clean; rm -rf "$scratch"' EXIT

# The value behind WORDS on info's line LABEL.
fact() { sed -n "/^$1 /s/.*[ ,]\([0-9][0-9]*\)$2.*/\1/p" "$scratch/info"; }

activated "a recorder with little room" "probe=$probe spool-mb=1"
recorder=$(recorder)
most=0
for round in {1..8}; do
    dd if=/dev/zero of=/dev/null bs=1 count=200000 status=none &
    dd if=/dev/zero of=/dev/null bs=1 count=200000 status=none &
    while [ "$(jobs -r | wc -l)" -gt 0 ]; do
        # A file can go while it is being counted.
        now=$(du -s --apparent-size --block-size=1 "$lib/spool" 2> /dev/null | cut -f 1)
        [ "${now:-0}" -le "$most" ] || most=$now
        sleep 0.02
    done
done
between "the spool never grew beyond its bound" 200000 $((1 << 20)) "$most"
between "nor did the recorder's memory (KiB)" 1000 49152 "$(awk '/^VmHWM/ { print $2 }' "/proc/$recorder/status")"
kprobe --deactivate
kprobe --report=out="$scratch/bounded.dtt"
equal "what is left can be reported" "0 0" "$status $(wc -c < "$scratch/err")"
"$tools" info "$scratch/bounded.dtt" > "$scratch/info" 2> "$scratch/err"
equal "and read" "0 0" "$? $(wc -c < "$scratch/err")"
dropped=$(fact lost ' dropped: the spool was full') kept=$(sed -n 's/^hits  *\([0-9]*\).*/\1/p' "$scratch/info")
lost=$(sed -n 's/^lost  *\([0-9]*\) while recording.*/\1/p' "$scratch/info")
between "what was dropped is counted" 1 100000000 "${dropped:-none}"
between "the newest hits are kept" 100000 100000000 "$kept"
# Each dd reads and writes, 8 × 2 × 200,000 times.
between "every hit of the load is kept, dropped or lost" 6400000 8000000 $((kept + dropped + lost))
"$tools" report "$scratch/bounded.dtt" 2> "$scratch/err" | grep -c '^##$' > "$scratch/printed"
equal "the report has all that is kept" "$kept" "$(cat "$scratch/printed")"
contains "and says what is missing" "$dropped dropped because the spool was full" "$(cat "$scratch/err")"

# The same with a segment that a killed recorder left: its hits count as well when it goes.
activated "a recorder to be killed" "probe=$probe comm=dd spool-mb=1"
dd if=/dev/zero of=/dev/null bs=1 count=200000 status=none
# Until all of it is written: no more comes for a second and more.
size() { find "$lib/spool" -type f -printf '%s\n' | paste -sd +; }
before=
until [ "$(size)" = "$before" ]; do
    before=$(size)
    sleep 1.5
done
kill -KILL "$(recorder)"
left=$(find "$lib/spool" -name '*.live' -size +1k | wc -l)
equal "it leaves a segment" 1 "$left"
while [ "$(recorders)" != 0 ]; do sleep 0.01; done
activated "another recorder in its place" "probe=$probe comm=dd spool-mb=1"
for round in {1..4}; do dd if=/dev/zero of=/dev/null bs=1 count=300000 status=none; done
kprobe --deactivate --report=out="$scratch/bounded.dtt"
"$tools" info "$scratch/bounded.dtt" > "$scratch/info" 2> "$scratch/err"
dropped=$(fact lost ' dropped: the spool was full') kept=$(sed -n 's/^hits  *\([0-9]*\).*/\1/p' "$scratch/info")
lost=$(sed -n 's/^lost  *\([0-9]*\) while recording.*/\1/p' "$scratch/info")
between "the hits of both are accounted for" 2800000 2802000 $((kept + dropped + lost))

# No room at all.
mkdir -p "$lib"
mount -t tmpfs -o size=300k,mode=700 none "$lib"
activated "a recorder on a small disk" "probe=$probe"
for ((i = 0; i < 100; i++)); do
    [ "$(recorders)" != 0 ] || break
    dd if=/dev/zero of=/dev/null bs=1 count=100000 status=none
done
equal "ends when the disk is full" 0 "$(recorders)"
kprobe --settings
contains "the next command says why" "No space left on device" "$(cat "$scratch/err")"
"$tools" kprobe --report 2> "$scratch/err" | grep -c '^##$' > "$scratch/printed"
between "what it had written is reported" 1000 100000000 "$(cat "$scratch/printed")"
equal "and gone then" "" "$(find "$lib" -name '*.dtt')"
umount "$lib"
finish
