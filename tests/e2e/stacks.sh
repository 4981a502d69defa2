#!/usr/bin/env bash
# User stacks unwound while recording: frame by frame those that gdb finds in the same stopped threads, whole, and small on disk; and
# the other ways to record them. On this machine's kernel, by tracepoints.
# shellcheck source=tests/tap.sh
. "$(dirname "$(readlink -f "$0")")/../tap.sh"

record() { "$tools" record --output="$scratch/trace.dtt" "$@" > "$scratch/out" 2> "$scratch/said"; }
line() { "$tools" info "$scratch/trace.dtt" | sed -n "s/^$1  *//p"; }

if [ "$(id -u)" != 0 ] || ! record --probe=tracepoint:syscalls:sys_enter_read -- true; then
    skip "stacks are unwound while recording" "no tracepoints for system calls here, or not root: $(head -n 1 "$scratch/said" 2> /dev/null)"
    finish
fi
mkdir "$scratch/programs" "$scratch/stopped"
g++ -O2 -pthread -o "$scratch/programs/threads" "$top/bench/stacks/threads.cpp" || { not_ok "compile threads.cpp" "g++ failed"; finish; }

missing=
for need in gdb python3 perl git; do command -v "$need" > /dev/null || missing+=" $need"; done
if [ -n "$missing" ]; then
    skip "frames are those of gdb" "not installed:$missing"
else
    check "programs are stopped by gdb while they are recorded" "$top/bench/stacks/stopped.sh" tracepoint:syscalls:sys_enter_read "$scratch/programs" "$scratch/stopped"
    between "at many different stacks" 200 1000000 "$(cut -d' ' -f2- "$scratch/stopped"/gdb.*.theirs | sort -u | wc -l)"
    for theirs in "$scratch/stopped"/gdb.*.theirs; do
        between "$(basename "$theirs" .theirs) was stopped" 10 1000000 "$(wc -l < "$theirs")"
        check "every address of every frame of $(basename "$theirs" .theirs) is the same in gdb and in the trace" diff "$theirs" "${theirs%.theirs}.ours"
    done
fi

check "a program without frame pointers is recorded" record --probe=tracepoint:syscalls:sys_enter_read --command-only -- "$scratch/programs/threads" 200
equal "every hit has a user stack" "$(line hits | sed 's/ .*//')" "$(line 'user stacks' | sed -n 's/^dwarf,16384: \([0-9]*\) hits have one.*/\1/p')"
whole=$(line 'user stacks' | sed -n 's/^dwarf,16384: [0-9]* hits have one; \([0-9]*\)\..*/\1/p')
between "its stacks reach their threads' first functions" 99 100 "$whole"
between "what was copied of them is not in the file" 1 20 "$(line size | sed 's/\..*//')"

record --probe=tracepoint:syscalls:sys_enter_read --command-only --user-stack=dwarf,512 -- "$scratch/programs/threads" 50
contains "a copy that is too short is no whole stack" "user stacks dwarf,512: " "$("$tools" info "$scratch/trace.dtt")"
between "and is counted as one" 1000 1000000 "$("$tools" info "$scratch/trace.dtt" | awk '/^user stacks whole/ { table = 1; next } table { if ($0 == "") exit; cut += $2 } END { print cut }')"

record --probe=tracepoint:syscalls:sys_enter_read --command-only --user-stack=fp -- "$scratch/programs/threads" 20
contains "with frame pointers nobody knows" "whether it is whole is not known" "$(line 'user stacks')"
record --probe=tracepoint:syscalls:sys_enter_read --command-only --user-stack=none -- "$scratch/programs/threads" 20
equal "without user stacks there are none" 0 "$("$tools" report "$scratch/trace.dtt" | grep -c '^#~')"
between "but hits" 100 1000000 "$(line hits | sed 's/ .*//')"

# A ring that cannot hold what comes: all that is missing is counted.
calls=100000
record --probe=tracepoint:syscalls:sys_enter_getppid --command-only --user-stack=dwarf,65528 --ring-mb=1 -- \
    perl -e "getppid for 1..$calls"
kept=$(line hits | sed 's/ .*//') lost=$(line lost | sed 's/ .*//')
if [ "${lost:-0}" -gt 0 ]; then ok "a sampler that falls behind says how many hits it lost"; else skip "a sampler that falls behind says how many hits it lost" "it lost none"; fi
equal "and kept and lost hits are all there were" "$calls" "$((kept + lost))"

# Names that were moved to a separate debug file, as a distribution's packages install it.
printf '#include <unistd.h>\nstatic __attribute__((noinline)) int hidden(void) { char c; int n = read(0, &c, 1); return n + (n < 0); }\nint main(void) { return hidden() + 1 == 0; }\n' > "$scratch/hidden.c"
gcc -O1 -fno-optimize-sibling-calls -Wl,--build-id=sha1 -o "$scratch/hidden" "$scratch/hidden.c"
cp "$scratch/hidden" "$scratch/linked"
id=$(readelf -n "$scratch/hidden" | sed -n 's/.*Build ID: //p')
folder=/usr/lib/debug/.build-id/${id:0:2}
made=$([ -d "$folder" ] || echo "$folder")
mkdir -p "$folder"
objcopy --only-keep-debug "$scratch/hidden" "$folder/${id:2}.debug"
strip "$scratch/hidden"
record --probe=tracepoint:syscalls:sys_enter_read --command-only -- "$scratch/hidden" < /dev/null
contains "a stripped program's frames are named by its debug file" " hidden ([symbol])" "$("$tools" report "$scratch/trace.dtt")"
# Another file under that build ID is not believed.
gcc -O1 -Wl,--build-id=sha1 -Dhidden=liar -o "$scratch/liar" "$scratch/hidden.c"
cp "$scratch/liar" "$folder/${id:2}.debug"
record --probe=tracepoint:syscalls:sys_enter_read --command-only -- "$scratch/hidden" < /dev/null
equal "and not by another program's" 0 "$("$tools" report "$scratch/trace.dtt" | grep -cE '^#~.* (hidden|liar) ')"
rm -f "$folder/${id:2}.debug"

# The same beside the program, by the name that it gives.
objcopy --only-keep-debug "$scratch/linked" "$scratch/linked.debug"
strip "$scratch/linked"
(cd "$scratch" && objcopy --add-gnu-debuglink=linked.debug linked)
record --probe=tracepoint:syscalls:sys_enter_read --command-only -- "$scratch/linked" < /dev/null
contains "a program names its debug file" " hidden ([symbol])" "$("$tools" report "$scratch/trace.dtt")"
if perf record -q -N -o "$scratch/perf.data" --call-graph dwarf -e syscalls:sys_enter_read -- "$scratch/linked" < /dev/null 2> /dev/null; then
    contains "also to import" " hidden ([symbol])" "$("$tools" report "$scratch/perf.data" 2> /dev/null)"
else
    skip "also to import" "perf is not installed, or may not record"
fi
mkdir "$scratch/.debug"
mv "$scratch/linked.debug" "$scratch/.debug/"
record --probe=tracepoint:syscalls:sys_enter_read --command-only -- "$scratch/linked" < /dev/null
contains "or in a folder beside it" " hidden ([symbol])" "$("$tools" report "$scratch/trace.dtt")"
cp "$scratch/liar" "$scratch/.debug/linked.debug"
record --probe=tracepoint:syscalls:sys_enter_read --command-only -- "$scratch/linked" < /dev/null
equal "but not another program's" 0 "$("$tools" report "$scratch/trace.dtt" | grep -cE '^#~.* (hidden|liar) ')"
[ -z "$made" ] || rmdir "$made"
finish
