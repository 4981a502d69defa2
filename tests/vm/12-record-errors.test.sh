#!/usr/bin/env bash
# What cannot be recorded: status 1 (2 for a command line that makes no sense), one plain line on standard error,
# nothing on standard output, no command started.
# shellcheck source=tests/tap.sh
. "$(dirname "$(readlink -f "$0")")/../tap.sh"

# refused NAME STATUS WORD OPTIONS...: WORD is in the message.
refused() {
    local name=$1 expected=$2 word=$3 status=0 wrong=''
    rm -f "$scratch/started"
    timeout 30 "$tools" record "${@:4}" -- touch "$scratch/started" > "$scratch/stdout" 2> "$scratch/stderr" || status=$?
    [ "$status" = "$expected" ] || wrong+="status $status instead of $expected; "
    [ ! -s "$scratch/stdout" ] || wrong+="standard output has: $(head -n 1 "$scratch/stdout"); "
    [ "$(wc -l < "$scratch/stderr")" = 1 ] || wrong+="standard error has $(wc -l < "$scratch/stderr") lines; "
    grep -qF -- "$word" "$scratch/stderr" || wrong+="the message does not name '$word'; "
    [ ! -e "$scratch/started" ] || wrong+="the command was started; "
    if [ -z "$wrong" ]; then ok "$name"; else not_ok "$name" "$wrong said: $(cat "$scratch/stderr")"; fi
}

trace=$scratch/trace.dtt
refused "an unknown function" 1 no_such_function --probe=no_such_function --output="$trace"
# A line of the list is: 0xSTART-0xEND NAME
forbidden=$(awk '$2 == "exc_int3" || $2 == "do_int3" || $2 == "exc_page_fault" { print $2; exit }' /sys/kernel/debug/kprobes/blacklist)
[ -n "$forbidden" ] || forbidden=$(awk 'NF == 2 { print $2; exit }' /sys/kernel/debug/kprobes/blacklist)
refused "a function that must not be probed ($forbidden)" 1 "$forbidden" --probe="$forbidden" --output="$trace"
refused "a function of a module that is not loaded" 1 veth_xmit --probe=veth_xmit --output="$trace"
refused "a CPU that is not there" 1 99 --probe=vfs_read --cpu=99 --output="$trace"
for list in 1-0 x 0- ',' '0,,1' -1 0-1x 99999999999; do
    refused "a CPU list that makes no sense ($list)" 2 "$list" --probe=vfs_read --cpu="$list" --output="$trace"
done
refused "a thread that is not there" 1 4194303 --probe=vfs_read --pid=4194303 --output="$trace"
refused "an output folder that is not there" 1 /nowhere/trace.dtt --probe=vfs_read --output=/nowhere/trace.dtt
refused "an output that is a folder" 1 "$scratch" --probe=vfs_read --output="$scratch"
refused "an output that cannot be created" 1 /proc/trace.dtt --probe=vfs_read --output=/proc/trace.dtt
refused "no probe" 2 --probe --output="$trace"
refused "an empty probe" 2 --probe --probe= --output="$trace"
refused "an option that is not there" 2 --prob --prob=vfs_read --output="$trace"
refused "a period that makes no sense" 2 --period --probe=vfs_read --period=0 --output="$trace"
refused "a thread ID that makes no sense" 2 --pid --probe=vfs_read --pid=x --output="$trace"

: > "$scratch/empty.dtt"
head -c 4096 /dev/urandom > "$scratch/noise.dtt"
for command in report info; do
    for file in empty noise missing; do
        said=$(timeout 30 "$tools" "$command" "$scratch/$file.dtt" 2>&1 > "$scratch/stdout")
        equal "$command of a file that is $file gives status 1" 1 $?
        equal "and says one line" 1 "$(printf '%s\n' "$said" | grep -c .)"
    done
done
finish
