#!/usr/bin/env bash
# stopped.sh PROBE PROGRAMS OUT: runs programs under gdb, which stops them at each read call and prints the address of every frame;
# then the call goes on and is a hit of PROBE. Leaves both sides' lines, "THREAD ADDRESS...", in OUT/gdb.NAME.theirs and .ours.
set -euo pipefail
export LC_ALL=C.UTF-8
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
top=$(readlink -f "$here/../..")
tools=$top/artifacts/diagnose-tools
probe=$1 programs=$2 out=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
seq 20000 | sort -R --random-source=/dev/zero > numbers

lines_of_ours() {
    awk '/^##CGROUP/ { if (line != "") print line; line = $2 } /^#~/ { line = line " " $2 } END { if (line != "") print line }'
}
# stopped NAME COMMAND...: what gdb itself reads is hit, too, and can be more than rings hold; then once more.
stopped() {
    local name=$1 attempt
    shift
    for attempt in 1 2 3; do
        BACKTRACES=$work/backtraces "$tools" record --probe="$probe" --command-only --user-stack=dwarf,65528 --ring-mb=256 --output=stopped.dtt -- \
            gdb -q -batch -x "$here/backtrace.py" --args "$@" > gdb.log 2>&1 || cat gdb.log
        ! "$tools" info stopped.dtt | grep -q '^lost  *0 ' || break
    done
    sort -s -k1,1n backtraces > "$out/gdb.$name.theirs"
    # Of the recorded threads those that gdb stopped; gdb itself is not among them.
    "$tools" report stopped.dtt | lines_of_ours | awk 'NR == FNR { known[$1]; next } $1 in known' backtraces - | sort -s -k1,1n > "$out/gdb.$name.ours"
    echo "gdb $name (attempt $attempt): $(wc -l < backtraces) calls, $(cut -d' ' -f2- backtraces | sort -u | wc -l) stacks, $(cmp -s "$out/gdb.$name.theirs" "$out/gdb.$name.ours" && echo equal || echo different)"
}
stopped c++ "$programs/threads" 60
stopped python3 /usr/bin/python3 "$here/work.py" 16
stopped perl perl "$here/work.pl" 40
stopped sort sort -n -S 64k -T "$work" numbers -o /dev/null
stopped git git -C "$top" -c 'safe.directory=*' log -p -12
