#!/usr/bin/env bash
# What a person sees while a recording runs: one line that is refreshed on a terminal, nothing elsewhere, a summary at
# the end, and a command that ends with the recording.
# shellcheck source=tests/tap.sh
. "$(dirname "$(readlink -f "$0")")/../tap.sh"
# shellcheck source=tests/vm/reports.sh
. "$top/tests/vm/reports.sh"

load='while :; do dd if=/dev/zero of=/dev/null bs=1 count=20 status=none; sleep 0.05; done'
script -qec "$tools record --probe=vfs_read --duration=3 --output=$scratch/trace.dtt" /dev/null < /dev/null > "$scratch/screen" &
recorder=$!
timeout 30 sh -c "$load" &
load_pid=$!
wait "$recorder"
kill "$load_pid"
lines=$(tr '\r' '\n' < "$scratch/screen" | grep -cE '^[0-9]+ hits, [0-9]+/s, [0-9]+ lost, [0-9.]+ KiB written *$')
between "the line is refreshed while it runs" 2 100 "$lines"
contains "a summary stands at the end" " lost, " "$(grep 'diagnose-tools record: [0-9]* hits' "$scratch/screen")"
between "on one line of the screen" 1 3 "$(wc -l < "$scratch/screen")"

recorded "a recording that is not on a terminal succeeds" --probe=vfs_read --duration=2
equal "and is silent but for the summary" 1 "$(wc -l < "$scratch/said")"

"$tools" record --probe=vfs_read --duration=1 --output="$scratch/trace.dtt" -- sleep 1000 > "$scratch/said" 2>&1
equal "--duration ends a recording whose command goes on" 0 $?
sleep 0.5
equal "and the command with it" 0 "$(pgrep -cx sleep)"
finish
