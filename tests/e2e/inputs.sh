#!/usr/bin/env bash
# What the analyzer takes: traces or the printed text, as files or through a pipe, told apart by content; several of them.
# shellcheck source=tests/tap.sh
. "$(dirname "$(readlink -f "$0")")/../tap.sh"

for trace in "$top"/samples/*.dtt; do
    name=$(basename "$trace" .dtt)
    check "$name gives a graph" "$tools" flame --input="$trace" --output="$scratch/trace.svg"
    "$tools" report "$trace" > "$scratch/kprobe.log"
    check "so does its printed text" "$tools" flame --input="$scratch/kprobe.log" --output="$scratch/text.svg"
    check "the same graph" same_graph "$scratch/trace.svg" "$scratch/text.svg"
    # Nothing in a name tells the two apart: not where the file is called otherwise, and not through a pipe.
    cp "$trace" "$scratch/kprobe.log.txt"
    "$tools" flame --input="$scratch/kprobe.log.txt" --output="$scratch/renamed.svg"
    check "whatever the file is called" cmp "$scratch/trace.svg" "$scratch/renamed.svg"
    "$tools" report - < "$trace" | "$tools" flame --input=- --output=- > "$scratch/piped.svg"
    check "and through pipes" cmp "$scratch/text.svg" "$scratch/piped.svg"
    cat "$trace" | "$tools" flame --input=/dev/stdin --output="$scratch/piped.svg"
    check "also the trace itself" cmp "$scratch/trace.svg" "$scratch/piped.svg"
    "$tools" flame --input="$trace" --format=folded --output="$scratch/folded"
    "$tools" flame --input="$trace" --output="$scratch/page.html"
    "$tools" flame --input="$scratch/kprobe.log" --output="$scratch/text.html"
    check "the page of both is the same" same_graph "$scratch/page.html" "$scratch/text.html"
    equal "the folded counts add up to the hits" "$(grep -c '^##$' "$scratch/kprobe.log")" "$(awk '{ sum += $NF } END { print sum + 0 }' "$scratch/folded")"
done

# Traces put one behind the other are a trace: the same report, numbered through, and the same graph.
samples=("$top"/samples/*.dtt)
cat "${samples[@]}" > "$scratch/joined.dtt"
"$tools" report "$scratch/joined.dtt" > "$scratch/joined.log"
"$tools" report "${samples[0]}" --list=<(printf '\n%s\r\n' "${samples[@]:1}") > "$scratch/several.log"
check "traces put one behind the other print as the traces do" cmp "$scratch/joined.log" "$scratch/several.log"
hits=$(grep -c '^##$' "$scratch/joined.log")
equal "with one numbering" "$hits" "$(sed -n 's/^##CGROUP:.* \[\([0-9]*\)\]  KPROBE.*/\1/p' "$scratch/joined.log" | tail -n 1)"
"$tools" flame --input="$scratch/joined.dtt" --output="$scratch/joined.svg"
"$tools" flame --input="${samples[0]}" --input="$scratch/kprobe.log" --input="${samples[1]}" --output="$scratch/several.svg"
check "and give the graph of all" same_graph "$scratch/joined.svg" "$scratch/several.svg"
equal "info counts their segments" "segments    ${#samples[@]}" "$("$tools" info "$scratch/joined.dtt" | grep '^segments')"
"$tools" report "$scratch/joined.log" > "$scratch/out" 2> "$scratch/err"
equal "a report is no trace" 1 $?
contains "and is said to be one" "joined.log: not a trace but the text of a report" "$(cat "$scratch/err")"

cp "${samples[0]}" "$scratch/first.dtt"
{ "$tools" report --remove "$scratch/first.dtt" "$scratch/joined.dtt" "$scratch/first.dtt" 2> "$scratch/err"; echo $? > "$scratch/status"; } | head -n 1 > /dev/null
equal "with --remove a reader that goes away is an error" 1 "$(cat "$scratch/status")"
contains "which is said" "Broken pipe" "$(cat "$scratch/err")"
check "and nothing is removed" test -e "$scratch/first.dtt" -a -e "$scratch/joined.dtt"
"$tools" report --remove "$scratch/joined.dtt" > "$scratch/out"
check "all is printed before it is removed" cmp "$scratch/out" "$scratch/joined.log"
check "which it is then" test ! -e "$scratch/joined.dtt"
"$tools" report "$top/samples/hrtimer_interrupt.dtt" 2> "$scratch/err" | head -n 1 > /dev/null
equal "a reader that has seen enough is no error" "" "$(cat "$scratch/err")"
"$tools" flame --input="$top/samples/vfs_read.dtt" --output=/dev/full 2> "$scratch/err"
equal "a full disk is" 1 $?
contains "and is said" "No space left on device" "$(cat "$scratch/err")"
"$tools" flame --input=- --input=- --output="$scratch/twice.svg" < /dev/null > "$scratch/said" 2>&1
equal "standard input given twice to flame is a bad request" 2 $?
contains "which says so" "can be read only once" "$(cat "$scratch/said")"
finish
