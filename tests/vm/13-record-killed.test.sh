#!/usr/bin/env bash
# A recorder that is killed leaves a file that can be read, with what it had flushed until then.
# shellcheck source=tests/tap.sh
. "$(dirname "$(readlink -f "$0")")/../tap.sh"
# shellcheck source=tests/vm/reports.sh
. "$top/tests/vm/reports.sh"

# A hit every few milliseconds for as long as it is let; it must not fill the memory of the guest.
# shellcheck disable=SC2016
load=(bash -c 'echo $$ > "$1"; while :; do dd if=/dev/zero of=/dev/null bs=1 count=50 status=none; sleep 0.02; done' bash "$scratch/load.pid")
# interrupted SIGNAL: records the load and sends the recorder that signal after 2.5 s.
interrupted() {
    local recorder
    rm -f "$scratch/load.pid" "$scratch/trace.dtt"
    # The dispatcher executes the recorder in its place, so this is the recorder's own process.
    "$tools" record --probe=vfs_read --output="$scratch/trace.dtt" -- "${load[@]}" > "$scratch/said" 2>&1 &
    recorder=$!
    for ((i = 0; i < 200; i++)); do
        [ ! -s "$scratch/load.pid" ] || break
        sleep 0.05
    done
    sleep 2.5
    kill "-$1" "$recorder"
    wait "$recorder"
    status=$?
    kill -KILL "$(cat "$scratch/load.pid")" 2> /dev/null
    "$tools" report "$scratch/trace.dtt" > "$scratch/report" 2> "$scratch/stderr"
}

interrupted KILL
equal "the recorder is killed" 137 "$status"
"$tools" info "$scratch/trace.dtt" > "$scratch/info" 2> "$scratch/stderr"
equal "info reads what it left, and says by its status that the end is missing" 1 "$?"
contains "info says where" "the file ends without its totals" "$(cat "$scratch/info")"
"$tools" report "$scratch/trace.dtt" > "$scratch/report" 2> "$scratch/stderr"
equal "report reads what it left, with the same status" 1 "$?"
contains "report says where on standard error" "the file ends without its totals" "$(cat "$scratch/stderr")"
between "most of what was hit before the last second is there" 200 1000000 "$(hits "$scratch/report" '^[0-9]+ dd$')"
equal "every hit in it is whole" "$(hits "$scratch/report")" "$(grep -c '^##$' "$scratch/report")"
contains "its frames have names" "vfs_read;ksys_read;" "$(stacks "$scratch/report" @ dd | sed -n 1p)"

for signal in INT TERM; do
    interrupted "$signal"
    check "after SIG$signal the file is whole" "$tools" info "$scratch/trace.dtt"
    between "after SIG$signal the hits are there" 200 1000000 "$(hits "$scratch/report" '^[0-9]+ dd$')"
    equal "after SIG$signal nothing is lost" 0 "$(lost "$scratch/trace.dtt")"
done
finish
