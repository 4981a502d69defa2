#!/usr/bin/env bash
# Stacks of Debian's own programs, which have no frame pointers, at real kprobes: whole, also from the background recorder.
# shellcheck source=tests/tap.sh
. "$(dirname "$(readlink -f "$0")")/../tap.sh"
# shellcheck source=tests/vm/reports.sh
. "$top/tests/vm/reports.sh"
# shellcheck source=tests/vm/kprobe.sh
. "$top/tests/vm/kprobe.sh"

share() { "$tools" info "$1" | sed -n 's/^user stacks dwarf,16384: [0-9]* hits have one; \([0-9]*\)\..*/\1/p'; }
g++ -O2 -pthread -o "$scratch/throws" "$top/bench/stacks/threads.cpp" || { not_ok "compile threads.cpp" "g++ failed"; finish; }
seq 3000 | sort -R --random-source=/dev/zero > "$scratch/numbers"
measured() {
    local name=$1 probe=$2
    shift 2
    recorded "$name is recorded at $probe" --probe="$probe" --command-only -- "$@"
    between "its stacks reach their threads' first functions" 99 100 "$(share "$scratch/trace.dtt")"
    equal "and every hit has one" "$("$tools" info "$scratch/trace.dtt" | sed -n 's/^hits  *\([0-9]*\).*/\1/p')" \
        "$("$tools" info "$scratch/trace.dtt" | sed -n 's/^user stacks dwarf,16384: \([0-9]*\) hits.*/\1/p')"
}
measured sort vfs_read sort -n -S 16k -T "$scratch" "$scratch/numbers" -o /dev/null
measured gzip vfs_read gzip -c "$scratch/numbers"
measured "a program of threads and exceptions" vfs_read "$scratch/throws" 10
measured "the same" do_nanosleep "$scratch/throws" 5
if command -v python3 > /dev/null; then
    measured python3 do_nanosleep /usr/bin/python3 "$top/bench/stacks/work.py" 2
    contains "its frames have names" "#~" "$(grep ' clock_nanosleep' "$scratch/report" | head -n 1)"
fi

# The background recorder does it where it is asked to.
frames() { awk '/^KPROBE/ { wanted = /\[throws\]/ } wanted && /^#~/ { n++ } wanted && /^##$/ { print n; n = 0 }' "$1" | sort -n | tail -n 1; }
activated "raw-stack=1 is activated" "probe=vfs_read comm=throws raw-stack=1"
"$scratch/throws" 5
kprobe --report="out=$scratch/raw.dtt"
kprobe --deactivate
"$tools" report "$scratch/raw.dtt" > "$scratch/raw.log"
between "its stacks are deep" 12 100 "$(frames "$scratch/raw.log")"
contains "and the trace says how they were found" "dwarf,16384" "$("$tools" info "$scratch/raw.dtt")"
kprobe --activate='probe=vfs_read comm=throws'
"$scratch/throws" 5
kprobe --report="out=$scratch/plain.dtt"
kprobe --deactivate
contains "without it they follow frame pointers" "by frame pointers: whether it is whole is not known" "$("$tools" info "$scratch/plain.dtt")"
finish
