#!/usr/bin/env bash
# The recorder in the background: killed, started twice at once, outliving its shell, in containers.
# shellcheck source=tests/tap.sh
. "$(dirname "$(readlink -f "$0")")/../tap.sh"
# shellcheck source=tests/vm/reports.sh
. "$top/tests/vm/reports.sh"
# shellcheck source=tests/vm/kprobe.sh
. "$top/tests/vm/kprobe.sh"
clean

# Killed.
activated "a recorder to be killed" 'probe=vfs_read comm=dd'
reads 1000
kprobe --report
reads 500
# What was hit a second ago is on disk.
sleep 1.5
killed=$(recorder)
kill -KILL "$killed"
until [ ! -e "/proc/$killed" ]; do sleep 0.05; done
kprobe --settings
contains "the next command notices" "the recorder (process $killed) was killed" "$(cat "$scratch/err")"
equal "and shows that none is active" "    是否激活：×" "$(sed -n 2p "$scratch/out")"
kprobe --settings
equal "it is said once" "" "$(cat "$scratch/err")"
activated "a new activation works" 'probe=vfs_read comm=dd'
reads 300
kprobe --report
between "the hits of both are reported" 800 830 "$(hits "$scratch/out")"
contains "with a word about the end that is missing" "the file ends without its totals" "$(cat "$scratch/err")"
kprobe --report
equal "once" "0 0" "$(hits "$scratch/out") $status"
kill -KILL "$(recorder)"
while [ "$(recorders)" != 0 ]; do sleep 0.05; done
activated "an activation right after a kill works, too" 'probe=vfs_read comm=dd'
contains "and tells" "was killed" "$(cat "$scratch/err")"
kill -TERM "$(recorder)"
while [ "$(recorders)" != 0 ]; do sleep 0.05; done
kprobe --settings
equal "one that was asked to end has ended in order" "" "$(cat "$scratch/err")"

# Twice at once.
for round in 1 2 3 4 5; do
    for shell in 1 2 3; do
        setsid "$tools" kprobe --activate='probe=vfs_read comm=dd' > "$scratch/out.$shell" 2> "$scratch/err.$shell" &
        pids[shell]=$!
    done
    wait "${pids[@]}"
    equal "of three activations at one moment one succeeds ($round)" "1 2" \
        "$(grep -c '返回值：0$' "$scratch"/out.? | grep -c ':1$') $(grep -c '返回值：-16$' "$scratch"/out.? | grep -c ':1$')"
    equal "and one recorder runs ($round)" 1 "$(recorders)"
    kprobe --deactivate
done

# It outlives the shell that started it, and its terminal.
rm -rf "$lib/spool" "$lib/report"
script -qec "'$tools' kprobe --activate='probe=vfs_read comm=dd'; exit" /dev/null > "$scratch/typescript" 2>&1 < /dev/null
equal "it survives the terminal it was started on" 1 "$(recorders)"
reads 100
output=$("$tools" kprobe --report)
between "and is the same to another shell" 100 110 "$(grep -c '^KPROBE' <<< "$output")"
# A caller that waits for the end of its output is not held up, and locks of the caller are not kept.
exec {held}> "$scratch/lock"
flock "$held"
kprobe --deactivate
output=$(timeout 60 "$tools" kprobe --activate='probe=vfs_read comm=dd')
equal "an activation into a pipe ends it" 0 $?
exec {held}>&-
check "a lock that the caller held is free when it is gone" flock -n "$scratch/lock" true
kprobe --deactivate --report

# Other places: a container with folders of its own, and one that shares half of them.
activated "a recorder on the host" 'probe=vfs_read comm=dd'
unshare -m sh -c "mount -t tmpfs -o mode=755 none /run && mount -t tmpfs -o mode=755 none /var/lib && '$tools' kprobe --settings --activate='probe=vfs_write' --settings --deactivate" > "$scratch/out" 2> "$scratch/err"
equal "a container with folders of its own has a recorder of its own" "    是否激活：×|    函数名称：|功能设置成功，返回值：0|    函数名称：vfs_write|    是否激活：√|    函数名称：vfs_write|kprobe is not activated" \
    "$(grep -E '激活|返回值|函数|not' "$scratch/out" | paste -sd '|')"
for shared in /run /var/lib; do
    own=/var/lib
    [ $shared = /run ] || own=/run
    unshare -m sh -c "mount -t tmpfs -o mode=755 none $own && '$tools' kprobe --activate='probe=vfs_write'; '$tools' kprobe --report; '$tools' kprobe --deactivate" > "$scratch/out" 2> "$scratch/err"
    equal "one that shares $shared alone touches nothing" "功能设置失败，返回值：-16|deactivate kprobe fail, ret is -16" "$(grep -E '返回值|kprobe ' "$scratch/out" | paste -sd '|')"
done
reads 50
kprobe --deactivate --report
between "the host's recorder has gone on" 50 60 "$(hits "$scratch/out")"
clean
finish
