#!/usr/bin/env bash
# What the analyzer takes: a trace or the printed text, as a file or through a pipe, told apart by content.
# shellcheck source=tests/tap.sh
. "$(dirname "$(readlink -f "$0")")/../tap.sh"

for trace in "$top"/samples/*.dtt; do
    name=$(basename "$trace" .dtt)
    check "$name gives a graph" "$tools" flame --input="$trace" --output="$scratch/trace.svg"
    "$tools" report "$trace" > "$scratch/kprobe.log"
    check "so does its printed text" "$tools" flame --input="$scratch/kprobe.log" --output="$scratch/text.svg"
    check "the same graph" cmp "$scratch/trace.svg" "$scratch/text.svg"
    # Nothing in a name tells the two apart: not where the file is called otherwise, and not through a pipe.
    cp "$trace" "$scratch/kprobe.log.txt"
    "$tools" flame --input="$scratch/kprobe.log.txt" --output="$scratch/renamed.svg"
    check "whatever the file is called" cmp "$scratch/trace.svg" "$scratch/renamed.svg"
    "$tools" report - < "$trace" | "$tools" flame --input=- --output=- > "$scratch/piped.svg"
    check "and through pipes" cmp "$scratch/trace.svg" "$scratch/piped.svg"
    cat "$trace" | "$tools" flame --input=/dev/stdin --output="$scratch/piped.svg"
    check "also the trace itself" cmp "$scratch/trace.svg" "$scratch/piped.svg"
    "$tools" flame --input="$trace" --format=folded --output="$scratch/folded"
    equal "the folded counts add up to the hits" "$(grep -c '^##$' "$scratch/kprobe.log")" "$(awk '{ sum += $NF } END { print sum + 0 }' "$scratch/folded")"
done
"$tools" report "$top/samples/hrtimer_interrupt.dtt" 2> "$scratch/err" | head -n 1 > /dev/null
equal "a reader that has seen enough is no error" "" "$(cat "$scratch/err")"
"$tools" flame --input="$top/samples/vfs_read.dtt" --output=/dev/full 2> "$scratch/err"
equal "a full disk is" 1 $?
contains "and is said" "No space left on device" "$(cat "$scratch/err")"
finish
