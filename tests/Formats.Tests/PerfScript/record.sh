#!/bin/sh
# Records the fixtures beside this script with perf(1), as root, on a machine with g++: NAME.txt.gz is what perf script
# prints, and NAME.folded.gz its stacks, folded by fold.awk. Run by hand; the tests only read what it left.
set -eu
cd "$(dirname "$0")"
here=$(pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
load='i=0; while [ $i -lt 4 ]; do i=$((i+1)); cat /dev/null; read -r line < /proc/uptime; done'

keep() { # NAME PERF-SCRIPT-ARGUMENTS...
    name=$1
    shift
    perf script -i "$work/data" "$@" 2>/dev/null > "$work/$name.txt"
    awk -f "$here/fold.awk" "$work/$name.txt" | LC_ALL=C sort > "$work/$name.folded"
    gzip -9nc "$work/$name.txt" > "$here/$name.txt.gz"
    gzip -9nc "$work/$name.folded" > "$here/$name.folded.gz"
    echo "$name: $(wc -c < "$work/$name.txt") bytes, $(awk '{ n += $NF } END { print n }' "$work/$name.folded") hits"
}

# A tracepoint on all CPUs, with callchains; the same with pid and tid, ns, and what a header says.
perf record -q -a -g -e raw_syscalls:sys_enter -o "$work/data" -- sh -c "$load"
keep tracepoint
keep ids --header --ns -F comm,pid,tid,cpu,time,event,trace,ip,sym,symoff,dso
# Without offsets, CPU and trace.
keep short -F comm,tid,time,event,ip,sym,dso
# Lines of other records between the hits.
keep records --show-task-events --show-mmap-events --show-lost-events --show-switch-events

# Several events without callchains: tracepoint text, and one frame in the hit's line.
perf record -q -a -e sched:sched_switch -e cpu-clock -F 997 -o "$work/data" -- sh -c "$load"
keep flat

# C++ with functions put into others, in a program whose name has blanks and parentheses, unwound by DWARF.
cat > "$work/prog.cc" <<'EOF'
#include <functional>
#include <vector>
namespace { struct Counter { volatile unsigned long n; inline void step(int by) { n = n * 3 + by; } }; }
static inline unsigned long inner(Counter &c, const std::vector<int> &v) { for (int x : v) c.step(x); return c.n; }
template <class T> __attribute__((noinline)) unsigned long run(Counter &c, std::vector<T> v, std::function<void(int)> f)
{ unsigned long s = 0; for (int i = 0; i < 200; i++) { s += inner(c, v); f(i); } return s; }
int main() { Counter c{1}; std::vector<int> v(20000, 7); return run<int>(c, v, [&](int i) { c.step(i); }) == 1; }
EOF
g++ -g -O2 -o "$work/my (odd) prog" "$work/prog.cc"
perf record -q --call-graph dwarf,2048 -e cpu-clock:u -F 1999 -o "$work/data" "$work/my (odd) prog"
keep inlined
keep srcline -F +srcline
