#!/usr/bin/env bash
# Activations that fail: each with the return value that the kernel gave, or would give.
# shellcheck source=tests/tap.sh
. "$(dirname "$(readlink -f "$0")")/../tap.sh"
# shellcheck source=tests/vm/kprobe.sh
. "$top/tests/vm/kprobe.sh"
clean

failing "an unknown function" -2 "there is no kernel function 'no_such_function'" 'probe=no_such_function'
failing "a function that must not be probed" -22 "kprobe_dispatcher" 'probe=kprobe_dispatcher'
failing "no function" -22 "name the function to watch" ''
failing "an unknown setting" -22 "there is no setting 'colour'" 'probe=vfs_read colour=red'
failing "a number that is none" -22 "tgid takes a whole number" 'probe=vfs_read tgid=ten'
failing "a number out of range" -22 "spool-mb takes a whole number from 1" 'probe=vfs_read spool-mb=0'
failing "a setting given twice" -22 "pid is given twice" 'probe=vfs_read pid=1 pid=2'
failing "a CPU that is not there" -22 "CPU 99" 'probe=vfs_read cpu=99'
failing "a CPU list that is none" -22 "cpu:" 'probe=vfs_read cpu=a-b'
failing "a process that is not there" -3 "there is no process 999999" 'probe=vfs_read tgid=999999'
kprobe --activate='probe=vfs_read tgid=ten pid=7'
equal "what was right is shown all the same" "    进程ID：0|    线程ID：7|    函数名称：vfs_read" "$(grep -E '进程ID|线程ID|函数' "$scratch/out" | paste -sd '|')"
kprobe --settings
equal "no failure changed the settings" "    函数名称：" "$(grep 函数 "$scratch/out")"
equal "none left a recorder" 0 "$(recorders)"
equal "none left a segment" "" "$(find "$lib" -name '*.dtt' -o -name '*.live')"

# Somebody without privilege.
chmod 755 "$scratch"
as_nobody() {
    status=0
    setpriv --reuid=65534 --regid=65534 --clear-groups "$tools" kprobe "$@" > "$scratch/out" 2> "$scratch/err" || status=$?
}
for state in "where root has used it" "where nobody has used it"; do
    as_nobody --activate='probe=vfs_read'
    equal "an ordinary user's activation fails $state" "功能设置失败，返回值：-13 1 1" "$(head -n 1 "$scratch/out") $status $(wc -l < "$scratch/err")"
    clean
done
activated "for an ordinary user to touch" 'probe=vfs_read'
as_nobody --deactivate
equal "an ordinary user cannot deactivate" "deactivate kprobe fail, ret is -13 1" "$(cat "$scratch/out") $status"
check "in the documented form" diff "$top/tests/vm/documented/failed.txt" <(sed 's/-13/-1/' "$scratch/out")
as_nobody --settings
equal "nor see the settings" "获取kprobe设置失败，请确保正确安装了diagnose-tools工具 1" "$(cat "$scratch/out") $status"
as_nobody --report
equal "nor report" "1 0" "$status $(wc -c < "$scratch/out")"
equal "the recorder goes on" 1 "$(recorders)"
# Root without the capabilities: the kernel's own answer.
kprobe --deactivate
status=0
setpriv --bounding-set=-sys_admin,-perfmon --inh-caps=-sys_admin,-perfmon "$tools" kprobe --activate='probe=vfs_read' > "$scratch/out" 2> "$scratch/err" || status=$?
check "root without CAP_PERFMON gets the kernel's answer" grep -qE '^功能设置失败，返回值：-(1|13)$' "$scratch/out"
equal "and one line" "1 1" "$status $(wc -l < "$scratch/err")"

# A recorder that does not answer.
activated "to be stopped" 'probe=vfs_read'
stopped=$(recorder)
kill -STOP "$stopped"
kprobe --deactivate
equal "a recorder that does not answer cannot be deactivated" "deactivate kprobe fail, ret is -110 1" "$(cat "$scratch/out") $status"
contains "which is explained" "does not answer" "$(cat "$scratch/err")"
kill -CONT "$stopped"
kprobe --deactivate
documented "once it answers it can" deactivated

# Places that somebody else has prepared.
clean
mkdir "$scratch/trap"
ln -s "$scratch/trap" "$lib"
failing "a link in place of the folder" -20 "$lib is no folder" 'probe=vfs_read'
equal "nothing was put behind it" "" "$(ls "$scratch/trap")"
rm "$lib"
clean
mkdir -m 755 "$run" && chown 65534 "$run"
failing "a folder of somebody else's" -13 "$run belongs to user 65534" 'probe=vfs_read'
rmdir "$run"
mkdir -m 777 "$run"
failing "a folder that is open to others" -13 "$run is open to other users" 'probe=vfs_read'
clean

# A full disk: room for the folders and a lock, then none for the log, the spool or the settings. With 8 there is.
for files in 5 6 7; do
    mount -t tmpfs -o "mode=755,nr_inodes=$files" none /var/lib
    kprobe --activate='probe=vfs_read'
    equal "a disk that takes $files files: the documented block" "功能设置失败，返回值：-28 1 1" "$(head -n 1 "$scratch/out") $status $(wc -l < "$scratch/err")"
    contains "a disk that takes $files files: the reason" "No space left on device" "$(cat "$scratch/err")"
    equal "a disk that takes $files files: no recorder" 0 "$(recorders)"
    clean
    umount /var/lib
done

# A kernel without kprobes: hide the PMU that places them.
if mount -t tmpfs none /sys/bus/event_source/devices 2> /dev/null; then
    failing "a kernel without kprobes" -95 "built without CONFIG_KPROBE_EVENTS" 'probe=vfs_read'
    umount /sys/bus/event_source/devices
else
    skip "a kernel without kprobes" "the PMU cannot be hidden here"
fi
clean
finish
