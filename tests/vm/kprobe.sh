# shellcheck shell=bash disable=SC2154,SC2034 # scratch and tools come from tap.sh
# Sourced by the tests of the kprobe command.
run=/run/diagnose-tools lib=/var/lib/diagnose-tools

# kprobe ARG...: runs it; standard output in $scratch/out, standard error in $scratch/err, status in $status.
kprobe() {
    status=0
    "$tools" kprobe "$@" > "$scratch/out" 2> "$scratch/err" || status=$?
}

# activated NAME SETTINGS: an activation must succeed.
activated() {
    kprobe --activate="$2"
    if [ "$status" = 0 ] && head -n 1 "$scratch/out" | grep -q '^功能设置成功，返回值：0$'; then ok "$1"
    else not_ok "$1" "status $status: $(cat "$scratch/out" "$scratch/err")"; fi
}

# documented NAME PAGE: what was printed is the documented text, byte for byte.
documented() { check "$1" diff "$top/tests/vm/documented/$2.txt" "$scratch/out"; }

# failing NAME RETURN-VALUE REASON SETTINGS: an activation fails with that value and that reason on standard error.
failing() {
    kprobe --activate="$4"
    equal "$1: the return value" "功能设置失败，返回值：$2" "$(head -n 1 "$scratch/out")"
    equal "$1: the status" 1 "$status"
    contains "$1: the reason" "$3" "$(cat "$scratch/err")"
    equal "$1: one line" 1 "$(wc -l < "$scratch/err")"
}

# The process of the recorder.
recorder() { pgrep -f -- '--background-recorder' | head -n 1; }
recorders() { pgrep -c -f -- '--background-recorder'; }

# reads N: that many vfs_read by a program called dd.
reads() { dd if=/dev/zero of=/dev/null bs=1 "count=$1" status=none; }

# Ends what a script left, and its hits.
clean() {
    "$tools" kprobe --deactivate > /dev/null 2>&1
    rm -rf "$run" "$lib"
}
