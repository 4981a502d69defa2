#!/usr/bin/env bash
# Loads that set out to confuse a recorder, or do so by being what they are.
# shellcheck source=tests/tap.sh
. "$(dirname "$(readlink -f "$0")")/../tap.sh"
# shellcheck source=tests/vm/reports.sh
. "$top/tests/vm/reports.sh"
program remap
program jit

# One file mapped as code at thousands of places: the recorder must go on listening.
start=$SECONDS
recorded "a storm of mappings is recorded" --probe=vfs_read --duration=20 -- "$scratch/remap" 4000
between "and does not keep the recorder busy" 0 40 $((SECONDS - start))

# Two kernel modules at one address after each other: neither may lend the other its names.
modules="/lib/modules/$(uname -r)/kernel/fs"
if [ -e "$modules/minix/minix.ko" ] && [ -e "$modules/sysv/sysv.ko" ]; then
    recorded "modules that come and go are recorded" --probe=unregister_filesystem -- bash -c "for m in minix sysv minix sysv; do insmod $modules/\$m/\$m.ko; sleep 1.2; rmmod \$m; sleep 1.2; done"
    equal "each is named as itself or not at all" "" "$(grep -E '^#@.*\[(minix|sysv)\]' "$scratch/report" | grep -vE ' (cleanup_module|exit_[a-z_]*|UNKNOWN) ' | head -n 1)"
else
    skip "modules that come and go are recorded" "the guest's kernel has no minix and sysv modules"
fi

# A perf map that is a link to somebody else's file.
echo "0 ffffffffffffffff STOLEN" > "$scratch/secret.map"
chmod 600 "$scratch/secret.map"
# shellcheck disable=SC2016
recorded "a process whose map is a link is recorded" --probe=vfs_read -- bash -c '
    "$1" 20 "" & ln -s "$2" "/tmp/perf-$!.map"; wait; rm -f "/tmp/perf-$!.map"' bash "$scratch/jit" "$scratch/secret.map"
equal "and the link is not followed" 0 "$(grep -c STOLEN "$scratch/report")"

"$tools" record --probe=vfs_read --duration=3 --output="$scratch/trace.dtt" > "$scratch/first" 2>&1 &
first=$!
sleep 1.5
"$tools" record --probe=vfs_read --duration=1 --output="$scratch/trace.dtt" > "$scratch/said" 2>&1
equal "a second recorder into the same file is refused" 1 $?
contains "which is said" "another recording is writing it" "$(cat "$scratch/said")"
wait "$first"
equal "the first is undisturbed" 0 $?
check "and its trace is whole" "$tools" info "$scratch/trace.dtt"

# A thread's last steps, after the kernel has forgotten its id.
program threads
recorded "threads are recorded to their end" --probe=tracepoint:sched:sched_switch -- "$scratch/threads" --calls 5
equal "no hit has an id that is none" 0 "$(hits "$scratch/report" '^(-1|2147483647|4294967295) ')"
finish
