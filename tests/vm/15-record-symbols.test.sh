#!/usr/bin/env bash
# Names that only the recording machine can find: they must be in the trace.
# shellcheck source=tests/tap.sh
. "$(dirname "$(readlink -f "$0")")/../tap.sh"
# shellcheck source=tests/vm/reports.sh
. "$top/tests/vm/reports.sh"
program threads
program jit

recorded "a program that is deleted while it runs is recorded" --probe=vfs_read -- \
    sh -c "cp $scratch/threads $scratch/gone; $scratch/gone --calls 50 & sleep 0.3; rm $scratch/gone; wait"
contains "its frames are named all the same" "inner;middle;outer" "$(stacks "$scratch/report" '~' worker-0 | sed -n 1p)"

recorded "code made at run time is recorded" --probe=vfs_read -- "$scratch/jit" 100
equal "and named from the process's perf map" 100 "$(stacks "$scratch/report" '~' jit | grep -c '^Program.ReadByte')"
contains "with its whole name" '] Program.ReadByte [Tier1]' "$(sed 's/^#~ *0x[0-9a-f]* /] /' "$scratch/report" | grep ReadByte | sed -n 1p)"

recorded "a process without a map is recorded" --probe=vfs_read -- "$scratch/jit" 20 ""
between "its generated code has no name" 20 40 "$(stacks "$scratch/report" '~' jit | grep -c '^UNKNOWN')"
equal "and gets none from elsewhere" 0 "$(grep -c ReadByte "$scratch/report")"
contains "which is said" "has no perf map" "$(cat "$scratch/said")"
# Somebody else's map for a process must not be believed.
# shellcheck disable=SC2016
recorded "a process with a stranger's map is recorded" --probe=vfs_read -- bash -c '
    "$1" 20 /tmp/strange.map & pid=$!
    until [ -s /tmp/strange.map ]; do :; done
    install -o nobody -m 644 /tmp/strange.map "/tmp/perf-$pid.map"; wait; rm -f "/tmp/perf-$pid.map"' bash "$scratch/jit"
equal "the stranger's names are not used" 0 "$(grep -c ReadByte "$scratch/report")"
contains "and that is said" "it is not used" "$(cat "$scratch/said")"

# A container: its own root, with a program at a path that is another file outside.
mkdir -p "$scratch/box/bin"
gcc -static -O0 -fno-omit-frame-pointer -pthread -Dinner=contained -o "$scratch/box/bin/threads" "$top/tests/programs/threads.c"
recorded "a process with a root of its own is recorded" --probe=vfs_read -- sh -c "mkdir -p $scratch/box/dev; mknod -m 666 $scratch/box/dev/zero c 1 5; chroot $scratch/box /bin/threads --calls 500"
contains "its frames are named from its own files" "contained;middle;outer" "$(stacks "$scratch/report" '~' worker-0 | sed -n 1p)"

before=$(cat /proc/sys/kernel/kptr_restrict)
echo 2 > /proc/sys/kernel/kptr_restrict
recorded "hidden kernel addresses do not stop a recording" --probe=vfs_read -- "$scratch/threads" --calls 50
echo "$before" > /proc/sys/kernel/kptr_restrict
equal "kernel frames then have no names, and none is guessed" 0 "$(grep '^#@' "$scratch/report" | grep -vc ' UNKNOWN  (\[kernel.kallsyms\])$')"
equal "which is said once" 1 "$(grep -c 'kptr_restrict' "$scratch/said")"
finish
