#!/usr/bin/env bash
# What perf recorded on this machine, read by us and by perf itself: the same hits, with the same names.
# shellcheck source=tests/tap.sh
. "$(dirname "$(readlink -f "$0")")/../tap.sh"

if ! command -v perf > /dev/null; then skip "perf.data" "perf is not installed"; finish; fi
if ! perf record -q -o "$scratch/probe" -e cpu-clock -- true > /dev/null 2>&1; then
    skip "perf.data" "perf may not record here: $(perf record -q -o "$scratch/probe" -e cpu-clock -- true 2>&1 | head -n 3)"
    finish
fi
if [ ! -d /sys/kernel/tracing/events ]; then mount -t tracefs tracefs /sys/kernel/tracing 2> /dev/null; fi
if [ ! -d /sys/kernel/tracing/events/raw_syscalls ]; then skip "perf.data" "this kernel has no system call tracepoints"; finish; fi

# shellcheck disable=SC2016 # for the shell that is recorded
load='i=0; while [ $i -lt 25 ]; do i=$((i+1)); cat /dev/null; read -r line < /proc/uptime; ls / > /dev/null; done; i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done'
syscalls=raw_syscalls:sys_enter

# Kernel functions that have several names: perf takes the last in the list, we the best known one.
awk '$2 ~ /^[tTwW]$/ && NF == 3 { if (!($1 in first)) first[$1] = $3; else print $3, first[$1] }' /proc/kallsyms > "$scratch/aliases"

# Folds lines "I FRAME" (a frame, leaf first), "C COMM" (whose stack it is) and "." (its end) into "COMM;outermost;...;leaf COUNT".
# Before that it settles what is known to differ:
#   - versions of symbols (memcpy@@GLIBC_2.14) are no part of a name of ours
#   - in an execve the program has no mappings any more; perf still shows those it had
# shellcheck disable=SC2016 # for awk
fold='
BEGIN { while ((getline line < aliases) > 0) { split(line, word, " "); same[word[1]] = word[2] } }
$1 == "C" { comm = substr($0, 3) }
$1 == "I" { name = substr($0, 3); sub(/@.*/, "", name); gsub(/;/, ":", name); bare = name; sub(/ [(]ANY[)]$/, "", bare)
            if (bare in same) name = same[bare] substr(name, length(bare) + 1); frame[++n] = name; if (bare ~ /_sys_execve$/) exec = n }
$1 == "." { if (exec) { n = exec + 2 < n ? exec + 2 : n }
            text = comm; for (i = n; i; i--) text = text ";" frame[i]; count[text]++; n = exec = 0 }
END { for (text in count) print text, count[text] }'

# What perf script prints. A callchain ends at an address of 0, where threads start. A frame that returns to the very start
# of a function was called from the one before it, and perf names the wrong one; an entry of the PLT has a name here, and in
# perf before 6.3 none or that of another entry; in an execve without kernel frames that tell (a thunk has none) the program
# may have no mappings any more: such frames are marked and fit any.
perf_folded() { # FILE
    perf script -i "$1" --no-inline --no-demangle -F comm,tid,time,event,ip,sym,symoff 2> /dev/null | awk '
        /^[ \t]*$/ { if (open) print "."; open = 0; next }
        !open { open = 1; ended = n = exec = 0; match($0, / +[0-9-]+ +[0-9]+\.[0-9]+: /); comm = substr($0, 1, RSTART - 1); sub(/^ +/, "", comm); print "C " comm; next }
        ended { next }
        $1 == "0" { ended = 1; next }
        { isUser = $1 !~ /^ffff/; isCaller = n++ && isUser == wasUser; wasUser = isUser
          name = $0; sub(/^[ \t]*[0-9a-f]+ /, "", name); offset = ""
          if (match(name, /\+0x[0-9a-f]+$/)) { offset = substr(name, RSTART); name = substr(name, 1, RSTART - 1) }
          if (name == "[unknown]" || name ~ /@plt$/) name = "UNKNOWN"
          if (isUser && name ~ /^(__GI_)*_*execve$/) exec = 1
          print "I " name ((offset == "+0x0" && isCaller) || (name == "UNKNOWN" && isUser && !isCaller) || exec ? " (ANY)" : "") }' | awk -v aliases="$scratch/aliases" "$fold" | sort
}

our_folded() { # FILE [OPTION...]
    "$tools" report "$@" 2> /dev/null | awk '
        /^##$/ { print "."; next }
        /^#[@~] / { name = $0; sub(/^#[@~] +0x[0-9a-f]+ /, "", name); sub(/ +[(\[].*$/, "", name); frames[++n] = name; next }
        /^#\*/ { comm = $0; sub(/^#\* +0x[0-9a-f]+ /, "", comm); sub(/ \(UNKNOWN\)$/, "", comm); print "C " comm
                 for (i = 1; i <= n; i++) print "I " frames[i]; n = 0 }' | awk -v aliases="$scratch/aliases" "$fold" | sort
}

# Prints what one has and the other has not.
unlike() { # PERF OURS
    awk '
        { count = $NF; sub(/ [0-9]+$/, "") }
        NR == FNR { theirs[$0] = count; next }
        { both = $0 in theirs ? (theirs[$0] < count ? theirs[$0] : count) : 0; theirs[$0] -= both; if (count > both) ours[$0] = count - both }
        END {
            # Those that fit the fewest come first, so that none takes what only another fits.
            for (one in theirs) if (theirs[one] > 0 && (any[one] = gsub(/\(ANY\)/, "&", one)) > most) most = any[one]
            for (few = 1; few <= most; few++) for (one in theirs) if (theirs[one] > 0 && any[one] == few) {
                length1 = split(one, a, ";")
                for (other in ours) if (theirs[one] > 0 && ours[other] > 0 && split(other, b, ";") == length1) {
                    for (i = 1; i <= length1; i++) if (a[i] != b[i] && a[i] !~ /\(ANY\)$/) break
                    if (i > length1) { both = theirs[one] < ours[other] ? theirs[one] : ours[other]; theirs[one] -= both; ours[other] -= both }
                }
            }
            for (one in theirs) if (theirs[one] > 0) print "only perf:", theirs[one], one
            for (one in ours) if (ours[one] > 0) print "only ours:", ours[one], one
        }' "$1" "$2"
}

# same NAME FILE: hits and stacks of a recording are those that perf script prints, directly and through import.
same() {
    local name=$1 file=$2 found
    perf_folded "$file" > "$scratch/theirs"
    our_folded "$file" > "$scratch/ours"
    equal "$name: as many samples" "$(awk '{ sum += $NF } END { print sum + 0 }' "$scratch/theirs")" "$(awk '{ sum += $NF } END { print sum + 0 }' "$scratch/ours")"
    between "$name: there are some" 20 10000000 "$(awk '{ sum += $NF } END { print sum + 0 }' "$scratch/ours")"
    found=$(unlike "$scratch/theirs" "$scratch/ours")
    equal "$name: the same stacks" "" "$found"
    check "$name: import" "$tools" import "$file" -o "$scratch/imported.dtt"
    "$tools" report "$file" > "$scratch/direct" 2> /dev/null
    "$tools" report "$scratch/imported.dtt" > "$scratch/through" 2> /dev/null
    check "$name: the same report directly and through import" cmp "$scratch/direct" "$scratch/through"
    "$tools" flame --input="$file" --output="$scratch/direct" 2> /dev/null
    "$tools" flame --input="$scratch/imported.dtt" --output="$scratch/through" 2> /dev/null
    check "$name: the same graph" cmp "$scratch/direct" "$scratch/through"
    # Of the lines of info only those about the file itself differ.
    diff <("$tools" info "$file" 2> /dev/null | grep -v -e '^trace ' -e '^size ') \
        <("$tools" info "$scratch/imported.dtt" 2> /dev/null | grep -v -e '^trace ' -e '^size ') > "$scratch/diff"
    equal "$name: the same facts" "" "$(cat "$scratch/diff")"
}

cd "$scratch" || exit
perf record -q -o file -g -e $syscalls -- sh -c "$load" > /dev/null
same "a file" file
equal "a trace of it is its owner's" 600 "$(stat -c %a imported.dtt)"
perf record -q -o machine -a -g -e $syscalls -- sh -c "$load" > /dev/null
same "the whole machine" machine
perf record -q -z -o packed -a -g -e $syscalls -- sh -c "$load" > /dev/null
same "compressed" packed
perf record -q -o - -g -e $syscalls -e cpu-clock/freq=2000/ -- sh -c "$load > /dev/null" > piped
same "a pipe" piped
perf record -q -o buildids --buildid-mmap -g -e $syscalls -- sh -c "$load" > /dev/null 2>&1 && same "build IDs in mappings" buildids
perf record -q -o fp -k CLOCK_MONOTONIC --call-graph fp -e cpu-clock -c 100000 -- sh -c "$load" > /dev/null
same "by the clock" fp
contains "whose date is known" "$(date -u +%Y-%m-%d)" "$("$tools" info fp | grep '^span')"
contains "and is not without a clock" "after boot" "$("$tools" info file | grep '^span')"

# Straight from perf, through the pipe.
perf record -q -o - -g -e $syscalls -- cat /dev/null 2> /dev/null | "$tools" flame --input=- --format=folded --output=straight 2> err
contains "a graph straight from perf" ";cat;" "$(cat straight)"
equal "without a word" "" "$(cat err)"

# Several events.
perf record -q -o several -a -g -e sched:sched_switch -e $syscalls -e cpu-clock/freq=1000/ -- sh -c "$load" > /dev/null
same "several events" several
for event in sched:sched_switch $syscalls cpu-clock; do
    samples=$(perf script -i several -G -F event 2> /dev/null | grep -c "$event")
    equal "as many of $event" "$samples" "$("$tools" report several --event="$event" 2> /dev/null | grep -c '^##$')"
    equal "as many through import" "$samples" "$("$tools" report imported.dtt --event="$event" 2> /dev/null | grep -c '^##$')"
    "$tools" import several --event="$event" -o one.dtt 2> err
    equal "as many imported alone" "$samples" "$("$tools" report one.dtt 2> /dev/null | grep -c '^##$')"
    contains "as info says" "$event" "$("$tools" info several 2> /dev/null | grep -E "^event .*, $samples hits")"
    "$tools" flame --input=imported.dtt --event="$event" --format=folded --output=one 2> err
    equal "as many in a graph" "$samples" "$(awk '{ sum += $NF } END { print sum + 0 }' one)"
    equal "without a word about others" "" "$(cat err)"
done
"$tools" flame --input=several --output=x.svg 2> err
equal "all of them give a graph" 0 $?
contains "which says that it mixes them" "the hits of 3 events are taken together" "$(cat err)"
"$tools" import several --event=nothing -o never.dtt 2> err
equal "an event that is not there is an error" 1 $?
contains "that names those that are" "there is no event 'nothing'; there are: sched:sched_switch, $syscalls, cpu-clock" "$(cat err)"
check "and writes nothing" test ! -e never.dtt
"$tools" report imported.dtt --event=s > out 2> err
equal "so is a part of several names" 1 $?
equal "with nothing printed" "" "$(cat out)"

# Registers and copies of the stack.
perf record -q -o dwarf --call-graph dwarf,1024 -e cpu-clock -c 300000 -- sh -c "$load" > /dev/null 2>&1
equal "user stacks to unwind are hits all the same" "$(perf script -i dwarf -F event 2> /dev/null | grep -c cpu-clock)" "$("$tools" report dwarf 2> /dev/null | grep -c '^##$')"
"$tools" import dwarf -o dwarf.dtt 2> err
contains "and are unwound" "user stacks were unwound from copies" "$(cat err)"
perf record -q -o plain -e cpu-clock -c 300000 -- sh -c "$load" > /dev/null
equal "without callchains each hit has one frame" "$(perf script -i plain -F event 2> /dev/null | grep -c cpu-clock)" "$("$tools" report plain 2> /dev/null | grep -c '^#[@~]')"

"$tools" report file > file.txt 2> /dev/null
"$tools" flame --input=file.txt --event=$syscalls --output=x.svg 2> err
equal "the text of a report knows no events" 1 $?
contains "which is said" "does not say of which event" "$(cat err)"

# Damage.
size=$(stat -c %s file)
head -c $((size / 2)) file > half
"$tools" flame --input=half --format=folded --output=half.folded 2> err
equal "a file that is cut is an error" 1 $?
contains "with its place" "half: offset $((size / 2)): the file is cut short" "$(cat err)"
between "and gives what is before" 20 "$(perf script -i file -F event -G 2> /dev/null | grep -c $syscalls)" "$(awk '{ sum += $NF } END { print sum + 0 }' half.folded)"
"$tools" import half -o half.dtt 2> err
equal "import says so, too" 1 $?
between "and writes what is before" 20 10000000 "$("$tools" report half.dtt | grep -c '^##$')"
{ head -c 16 file; head -c 200 /dev/urandom; tail -c +217 file; } > garbage
timeout 20 "$tools" info garbage > out 2> err
equal "garbage in the header is an error" 1 $?
contains "with its place" "garbage: " "$(cat err)"
perf record -q -o killed -g -e $syscalls -- timeout 30 sh -c 'while :; do read -r line < /proc/uptime; done' > /dev/null 2>&1 &
recorder=$!
for ((i = 0; i < 100; i++)); do if [ "$(stat -c %s killed 2> /dev/null || echo 0)" -gt 1000000 ]; then break; fi; sleep 0.1; done
busy=$(pgrep -P $recorder) # else it would outlive its parent
kill -KILL $recorder
kill "$busy"
wait $recorder 2> /dev/null
"$tools" flame --input=killed --format=folded --output=killed.folded 2> err
equal "a recorder that was killed is an error" 1 $?
contains "which is named" "perf record was killed" "$(cat err)"
contains "and gives what it wrote" ";sh;" "$(cat killed.folded)"
printf 'PERFFILE' > old
"$tools" report old 2> err
equal "so is a file of long ago" 1 $?
contains "which is named" "version 1" "$(cat err)"
"$tools" import "$top/samples/vfs_read.dtt" -o x.dtt 2> err
equal "a trace is no recording of perf" 1 $?
contains "which is said" "neither perf.data" "$(cat err)"

# Its own input is never emptied, by whatever name it is written to.
cp file same.data
ln -s same.data link.data
ln same.data hard.data
for name in same.data ./same.data link.data hard.data; do
    "$tools" import same.data -o "$name" 2> err
    equal "onto itself as $name: refused" 1 $?
    contains "onto itself as $name: said" "it is what is read" "$(cat err)"
done
"$tools" import - -o same.data < same.data 2> err
equal "from standard input onto itself: refused" 1 $?
check "and it is whole" cmp file same.data

# What perf script prints is read as well, from a file and as it comes.
perf script -i file > file.script 2> /dev/null
hits=$("$tools" report file 2> /dev/null | grep -c '^##$')
equal "perf's text has as many hits" "$hits" "$("$tools" report file.script 2> /dev/null | grep -c '^##$')"
equal "also through a pipe" "$hits" "$("$tools" report - < <(cat file.script) 2> /dev/null | grep -c '^##$')"
"$tools" import file.script -o script.dtt 2> /dev/null
equal "and imported" "$hits" "$("$tools" report script.dtt 2> /dev/null | grep -c '^##$')"
"$tools" import file -o /dev/full 2> err
equal "a full disk is an error" 1 $?
contains "which is said" "No space left on device" "$(cat err)"
cp file itself
"$tools" import itself -o itself 2> err
equal "a file is not written over while it is read" 1 $?
check "and stays as it is" cmp file itself
check "/dev/null takes a trace" "$tools" import file -o /dev/null
equal "and stays what it is" 666 "$(stat -c %a /dev/null)"
"$tools" import - -o - < file 2> err | "$tools" report - > piped.txt 2> /dev/null
"$tools" report file > direct.txt 2> /dev/null
check "from standard input to standard output" cmp piped.txt direct.txt
contains "what was done is said" " hits of $syscalls, 0 lost, " "$(cat err)"
"$tools" import file -o x.dtt --kallsyms=/nowhere 2> err
equal "a list of symbols that is not there is an error" 1 $?
sed 's/ do_syscall_64$/ renamed_by_hand/' /proc/kallsyms > kallsyms
"$tools" import file -o renamed.dtt --kallsyms=kallsyms 2> /dev/null
contains "a list of symbols is believed" " renamed_by_hand " "$("$tools" report renamed.dtt)"
mkdir root
"$tools" import file -o nowhere.dtt --symfs=root 2> /dev/null
equal "under another root there are no files" "" "$("$tools" info nowhere.dtt | grep -E '^ +[1-9][0-9]* +[0-9]+ .*libc')"
finish
