#!/usr/bin/env bash
# Traces that are cut or damaged, through the real program: it never crashes, keeps what is whole and says what is not.
# (Every byte of a trace is flipped in the unit tests, which are quicker at it.)
# shellcheck source=tests/tap.sh
. "$(dirname "$(readlink -f "$0")")/../tap.sh"

# reads NAME FILE WANTED-STATUS...: every command ends with one of these statuses, and says something when it is not 0.
reads() {
    local name=$1 file=$2 status command
    shift 2
    for command in "info $file" "report $file" "flame --input=$file --output=$scratch/out.svg"; do
        status=0
        # shellcheck disable=SC2086 # a command line
        "$tools" $command > "$scratch/out" 2> "$scratch/err" || status=$?
        [[ " $* " == *" $status "* ]] || { not_ok "$name" "${command%% *} gave status $status: $(cat "$scratch/err")"; return; }
        [ "$status" = 0 ] || [ -s "$scratch/err" ] || { not_ok "$name" "${command%% *} gave status $status and said nothing"; return; }
    done
    ok "$name"
}

for trace in "$top"/samples/*.dtt; do
    name=$(basename "$trace" .dtt)
    size=$(stat -c %s "$trace")
    reads "$name is read" "$trace" 0
    whole=$("$tools" report "$trace" | grep -c '^##$')
    lossy=0
    for ((cut = 1024; cut < size; cut += 1024)); do
        head -c "$cut" "$trace" > "$scratch/cut.dtt"
        reads "$name cut at $cut" "$scratch/cut.dtt" 1
    done
    for ((at = 0; at < size; at += 211)); do
        cp "$trace" "$scratch/flipped.dtt"
        byte=$(od -An -tu1 -j "$at" -N 1 "$trace")
        # shellcheck disable=SC2059 # an octal escape
        printf "\\$(printf %o $((byte ^ 1 << at % 8)))" | dd of="$scratch/flipped.dtt" bs=1 seek="$at" conv=notrunc status=none
        reads "$name with byte $at flipped" "$scratch/flipped.dtt" 0 1
        info=$("$tools" info "$scratch/flipped.dtt" 2> /dev/null)
        [[ $info == *$'\ndamage      offset'* ]] || not_ok "$name with byte $at flipped" "info does not say so"
        left=$("$tools" report "$scratch/flipped.dtt" 2> /dev/null | grep -c '^##$')
        lost=$(sed -n 's/^lost .*, \([0-9]*\) in damaged parts.*/\1/p' <<< "$info")
        [ $((left + ${lost:-0})) = "$whole" ] || not_ok "$name with byte $at flipped" "$left hits of $whole are left, and ${lost:-0} are said to be lost"
        [ "$left" = "$whole" ] || lossy=$((lossy + 1))
    done
    check "some of the flips in $name cost hits, so that this test sees losses" test "$lossy" -gt 0
done

# Two segments, damaged where they meet: by a cut of the first at each block of bytes, and in the second's file header.
first=$top/samples/vfs_read.dtt second=$top/samples/syscalls.dtt
size=$(stat -c %s "$first")
hits=$("$tools" report "$second" | grep -c '^##$')
for ((cut = 512; cut < size; cut += 512)); do
    { head -c "$cut" "$first"; cat "$second"; } > "$scratch/cut.dtt"
    reads "a segment cut at $cut before another" "$scratch/cut.dtt" 1
    left=$("$tools" report "$scratch/cut.dtt" 2> "$scratch/err" | grep -c '^##$')
    before=$("$tools" report <(head -c "$cut" "$first") 2> /dev/null | grep -c '^##$')
    equal "costs nothing of the other" $((hits + before)) "$left"
done
contains "and is said with its place" ": offset $((cut - 512)): a segment ends without its totals" "$(cat "$scratch/err")"
for ((at = 0; at < 32; at++)); do
    { cat "$first"; head -c "$at" "$second"; printf '\377'; tail -c +$((at + 2)) "$second"; } > "$scratch/header.dtt"
    cmp -s "$scratch/header.dtt" <(cat "$first" "$second") && continue
    reads "byte $at of a later file header changed" "$scratch/header.dtt" 0
    "$tools" report "$scratch/header.dtt" > "$scratch/out" 2> "$scratch/err"
    cmp -s "$scratch/out" <("$tools" report "$first" "$second") || not_ok "byte $at of a later file header changed" "the report differs"
    contains "is said" "file header at offset $size is damaged" "$(cat "$scratch/err")"
done
finish
