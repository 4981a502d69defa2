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
programs=$top/bench/stacks
g++ -O2 -pthread -o "$scratch/threads" "$programs/threads.cpp" || { not_ok "compile threads.cpp" "g++ failed"; finish; }
seq 20000 | sort -R --random-source=/dev/zero > "$scratch/numbers"

# one line for each hit: the thread, and every user frame's address
hits_of() { awk '/^##CGROUP/ { if (line != "") print line; line = $2 } /^#~/ { line = line " " $2 } END { if (line != "") print line }'; }
stopped() {
    local name=$1 least=$2
    shift 2
    if ! command -v gdb > /dev/null || ! command -v "$1" > /dev/null; then
        skip "the frames of $name are those of gdb" "there is no gdb, or no $1"
        return
    fi
    local attempt
    # What gdb itself reads is hit, too; on a busy machine that can be more than the rings hold.
    for attempt in 1 2 3; do
        BACKTRACES=$scratch/backtraces record --probe=tracepoint:syscalls:sys_enter_read --command-only --user-stack=dwarf,65528 --ring-mb=256 -- \
            gdb -q -batch -x "$programs/backtrace.py" --args "$@"
        if [[ $(line lost) == "0 "* ]] || [ "$attempt" = 3 ]; then break; fi
    done
    sort -s -k1,1n "$scratch/backtraces" > "$scratch/theirs"
    "$tools" report "$scratch/trace.dtt" | hits_of | awk 'NR == FNR { known[$1]; next } $1 in known' "$scratch/theirs" - | sort -s -k1,1n > "$scratch/ours"
    between "$name stops at many different stacks in gdb" "$least" 100000 "$(cut -d' ' -f2- "$scratch/theirs" | sort -u | wc -l)"
    check "and every address of every frame is the same in gdb and in the trace" diff "$scratch/theirs" "$scratch/ours"
}
stopped "a program of threads, exceptions and signal handlers" 100 "$scratch/threads" 40
stopped "python3" 30 /usr/bin/python3 "$programs/work.py" 8
stopped "perl" 10 perl "$programs/work.pl" 40
stopped "sort" 5 sort -n -S 64k -T "$scratch" "$scratch/numbers" -o /dev/null

check "a program without frame pointers is recorded" record --probe=tracepoint:syscalls:sys_enter_read --command-only -- "$scratch/threads" 200
whole=$(line 'user stacks' | sed -n 's/^dwarf,16384: [0-9]* hits have one; \([0-9]*\)\..*/\1/p')
between "its stacks reach their threads' first functions" 99 100 "$whole"
between "what was copied of them is not in the file" 1 20 "$(line size | sed 's/\..*//')"

record --probe=tracepoint:syscalls:sys_enter_read --command-only --user-stack=dwarf,512 -- "$scratch/threads" 50
contains "a copy that is too short is no whole stack" "user stacks dwarf,512: " "$("$tools" info "$scratch/trace.dtt")"
between "and is counted as one" 1000 1000000 "$("$tools" info "$scratch/trace.dtt" | awk '/^user stacks whole/ { table = 1; next } table { if ($0 == "") exit; cut += $2 } END { print cut }')"

record --probe=tracepoint:syscalls:sys_enter_read --command-only --user-stack=fp -- "$scratch/threads" 20
contains "with frame pointers nobody knows" "whether it is whole is not known" "$(line 'user stacks')"
record --probe=tracepoint:syscalls:sys_enter_read --command-only --user-stack=none -- "$scratch/threads" 20
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
[ -z "$made" ] || rmdir "$made"
finish
