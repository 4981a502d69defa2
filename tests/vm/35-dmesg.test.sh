#!/usr/bin/env bash
# dump-style=1: hits in the kernel's log, each whole and as the report has it, and never so many that they drown the rest.
# shellcheck source=tests/tap.sh
. "$(dirname "$(readlink -f "$0")")/../tap.sh"
# shellcheck source=tests/vm/reports.sh
. "$top/tests/vm/reports.sh"
program deep

# What users wrote to the log, without times: the kernel's own messages may come between the records of a hit.
# Without UTF-8 dmesg shows the Chinese as \x.. only.
logged() { LC_ALL=C.UTF-8 dmesg --notime --userspace; }

# One line for each whole hit of a text, without its time: the log reckons it from one reading of the clocks, the report
# from two.
whole_hits() {
    awk '/^KPROBE命中：PID：/ { hit = ""; open = 1 } open { hit = hit $0 "|" } open && $0 == "##" { print hit; open = 0 }' "$1" |
        sed 's/\[[0-9]*:[0-9]*\]/[time]/g'
}

left_out() { sed -n 's/^diagnose-tools kprobe: \([0-9]*\) hits\{0,1\} left out of the kernel log; the trace has them$/\1/p' "$1"; }

# dump SETTINGS COMMAND...: what COMMAND hits, as $scratch/log and $scratch/report; $seconds is the time that it took.
dump() {
    local settings=$1 status
    shift
    dmesg --clear
    "$tools" kprobe --activate="$settings dump-style=1" > "$scratch/said" 2>&1
    status=$?
    equal "kprobe is activated with $settings" 0 "$status"
    [ "$status" = 0 ] || cat "$scratch/said" >&2
    seconds=$SECONDS
    "$@"
    # The log is written twice a second while the probe is active.
    for _ in {1..100}; do
        logged > "$scratch/log"
        if grep -q '^##$' "$scratch/log"; then break; fi
        sleep 0.1
    done
    check "hits are in the log before the end" grep -q '^##$' "$scratch/log"
    "$tools" kprobe --deactivate >> "$scratch/said" 2>&1
    seconds=$((SECONDS - seconds + 1))
    "$tools" kprobe --report > "$scratch/report" 2>> "$scratch/said"
    logged > "$scratch/log"
    whole_hits "$scratch/log" | sort > "$scratch/log.hits"
    whole_hits "$scratch/report" | sort > "$scratch/report.hits"
}

# agrees WHAT: every hit of the log is whole and the report's, and those that are not there are counted.
agrees() {
    local shown
    shown=$(wc -l < "$scratch/log.hits")
    equal "$1: every hit in the log is whole" "$(hits "$scratch/log")" "$shown"
    equal "$1: and is what the report says" "" "$(comm -23 "$scratch/log.hits" "$scratch/report.hits" | sed -n 1p)"
    equal "$1: the others are counted" "$(hits "$scratch/report")" $((shown + $(left_out "$scratch/log" | paste -sd+ | sed 's/^$/0/')))
}

dump 'probe=vfs_read comm=dd' dd if=/dev/zero of=/dev/null bs=1 count=3 status=none
agrees "few hits"
between "few hits are all shown" 3 20 "$(wc -l < "$scratch/log.hits")"
equal "none of them on a console" debug "$(dmesg --userspace --decode | sed -n '/KPROBE/{s/^user *:\([a-z]*\).*/\1/p;q}')"
"$tools" flame --input="$scratch/log" --output="$scratch/folded" --format=folded > "$scratch/said" 2>&1
equal "flame reads the log" "$(wc -l < "$scratch/log.hits")" "$(awk '{ sum += $NF } END { print sum + 0 }' "$scratch/folded")"

flood=100000
dump 'probe=vfs_read comm=dd' dd if=/dev/zero of=/dev/null bs=1 "count=$flood" status=none
agrees "a flood"
between "a flood: the report has all hits" "$flood" $((flood + 100)) "$(hits "$scratch/report")"
between "a flood: few go into the log" 20 $((20 + 4 * seconds)) "$(wc -l < "$scratch/log.hits")"
between "a flood: the log says so now and then" 1 $((2 + seconds / 5)) "$(left_out "$scratch/log" | wc -l)"

# Far more records than the ten that the kernel takes from one open file in 5 s.
dump 'probe=vfs_read comm=deep' "$scratch/deep" --depth 110 --calls 500
agrees "deep stacks"
between "deep stacks: some are shown" 3 $((20 + 4 * seconds)) "$(wc -l < "$scratch/log.hits")"
between "deep stacks: all the way up" 110 112 "$(stacks "$scratch/log" '~' deep | tail -n 1 | tr ';' '\n' | grep -c '^descend$')"
equal "deep stacks: the kernel dropped nothing" 0 "$(dmesg | grep -c 'suppressed due to ratelimiting')"
between "deep stacks: the log stays small" 1 $(((64 + 8 * seconds) * 1024 + 16384)) "$(wc -c < "$scratch/log")"

echo off > /proc/sys/kernel/printk_devkmsg
said=$("$tools" kprobe --activate='probe=vfs_read dump-style=1' 2>&1)
equal "a log that takes nothing is a failure" 1 $?
contains "with its return value" "功能设置失败，返回值：-1" "$said"
contains "and a reason" "kernel log" "$said"
echo ratelimit > /proc/sys/kernel/printk_devkmsg
finish
