#!/usr/bin/env bash
# guest.sh PROGRAMS: runs in the VM. Records each program with perf's two ways and with ours, and leaves in /vmout, for each probe
# and program, the outermost frame's numbers of each; then compares the frames of stopped programs with gdb's.
set -euo pipefail
export LC_ALL=C.UTF-8
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
top=$(readlink -f "$here/../..")
tools=$top/artifacts/diagnose-tools
programs=$1
work=$(mktemp -d)
cd "$work"

# What is run is named once, here. Each touches a file or sleeps at many depths.
seq 20000 | sort -R --random-source=/dev/zero > numbers
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

# The same call of the same stopped thread: gdb prints its frames, then it goes on and is hit.
lines_of_ours() {
    awk '/^##CGROUP/ { if (line != "") print line; line = $2 } /^#~/ { line = line " " $2 } END { if (line != "") print line }'
}
commands[c++]="$programs/threads 60"
commands[python3]="/usr/bin/python3 $here/work.py 16"
for program in c++ python3 perl git sort; do
    # shellcheck disable=SC2086 # a command line
    set -- ${commands[$program]}
    BACKTRACES=$work/backtraces "$tools" record --probe=__x64_sys_read --command-only --user-stack=dwarf,65528 --ring-mb=256 --output=stopped.dtt -- \
        gdb -q -batch -x "$here/backtrace.py" --args "$@" > gdb.log 2>&1 || cat gdb.log
    sort -s -k1,1n backtraces > theirs
    "$tools" report stopped.dtt | lines_of_ours > all
    # Of the recorded threads those that gdb stopped; gdb itself and its shell are not among them.
    awk 'NR == FNR { known[$1]; next } $1 in known' theirs all | sort -s -k1,1n > ours
    cp theirs "/vmout/gdb.$program.theirs"
    cp ours "/vmout/gdb.$program.ours"
    echo "gdb $program: $(wc -l < theirs) calls, $(cut -d' ' -f2- theirs | sort -u | wc -l) stacks, $(cmp -s theirs ours && echo equal || echo "different")"
done
