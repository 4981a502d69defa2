#!/usr/bin/env bash
# guest.sh PROGRAMS: runs in the VM. Records each program with perf's two ways and with ours, and leaves in /vmout, for each probe
# and program, how many stacks there are and how many of them are whole.
set -euo pipefail
export LC_ALL=C.UTF-8
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
top=$(readlink -f "$here/../..")
tools=$top/artifacts/diagnose-tools
programs=$1
work=$(mktemp -d)
cd "$work"

# Each touches a file or sleeps at many depths.
seq 40000 | sort -R --random-source=/dev/zero > numbers
declare -A commands=(
    [sort]="sort -n -S 64k -T $work numbers -o /dev/null"
    [git]="git -C $top -c safe.directory=* log -p -12"
    [python3]="/usr/bin/python3 $here/work.py 8"
    [perl]="perl $here/work.pl 40"
    [gzip]="gzip -9 -c numbers"
    [c++]="$programs/threads 25"
    [rust]="$programs/rust 25"
    [go]="$programs/go 25"
    [dotnet]="dotnet $programs/managed/managed.dll 30"
    [dotnet-catch]="dotnet $programs/managed/managed.dll 30 catch"
)
# The runtime's own part of the stack below a handler of exceptions is larger than what is copied by default.
declare -A options=([dotnet-catch]=--user-stack=dwarf,24576)

# whole NAME READER: what is read → "STACKS WHOLE" in /vmout/NAME, what is not whole in /vmout/NAME.why.
whole() { python3 "$here/whole.py" "$2" > "/vmout/$1" 2> "/vmout/$1.why"; }

perf probe -q --add do_nanosleep --add vfs_read
for probe in vfs_read do_nanosleep; do
    for program in sort git python3 perl gzip c++ rust go dotnet dotnet-catch; do
        command=${commands[$program]}
        # shellcheck disable=SC2086 # a command line
        set -- $command
        { command -v "$1" && { [[ $program != dotnet* ]] || [ -e "$2" ]; }; } > /dev/null || continue
        # These never sleep in nanosleep.
        [[ $probe = vfs_read || " python3 perl c++ rust go " = *" $program "* ]] || continue
        for way in fp dwarf; do
            perf record -q -e "probe:$probe" --call-graph "$way" -m 2048 -o "$way.data" -- "$@" > /dev/null 2> record.log || cat record.log
            perf script -i "$way.data" --max-stack 1024 -F ip,sym,dso 2> /dev/null | whole "$probe.$program.perf-$way" perf
        done
        # shellcheck disable=SC2086 # none, or one
        "$tools" record --probe="$probe" --command-only ${options[$program]:-} --output=ours.dtt -- "$@" > /dev/null 2> record.log || cat record.log
        "$tools" report --json ours.dtt | whole "$probe.$program.ours" ours
        "$tools" info ours.dtt > "/vmout/$probe.$program.info"
        stat -c %s ours.dtt fp.data dwarf.data > "/vmout/$probe.$program.bytes"
        echo "$probe $program: ours $(cat "/vmout/$probe.$program.ours"), perf fp $(cat "/vmout/$probe.$program.perf-fp"), dwarf $(cat "/vmout/$probe.$program.perf-dwarf")"
    done
done
