#!/usr/bin/env bash
# What happens between commands: one behind another that failed, reports that nobody reads or that are killed, and a
# machine that was started again.
# shellcheck source=tests/tap.sh
. "$(dirname "$(readlink -f "$0")")/../tap.sh"
# shellcheck source=tests/vm/reports.sh
. "$top/tests/vm/reports.sh"
# shellcheck source=tests/vm/kprobe.sh
. "$top/tests/vm/kprobe.sh"
clean

values=
for ((i = 0; i < 5; i++)); do
    kprobe --activate='probe=tracepoint:no:such' --activate='probe=tracepoint:no:such'
    values+=$(grep -o '返回值：.*' "$scratch/out")$'\n'
done
equal "a recorder that was refused is in nobody's way" "10 返回值：-2" "$(printf %s "$values" | sort | uniq -c | xargs)"

# waiting NAME: some hits of dd wait to be reported.
waiting() {
    activated "$1" 'probe=tracepoint:syscalls:sys_enter_read comm=dd'
    # More text than a pipe holds.
    reads 200
    kprobe --deactivate
}

waiting "hits for a report that nobody reads"
(trap '' PIPE; "$tools" kprobe --report=out=- 2> "$scratch/err"; echo $? > "$scratch/status") | true
equal "whose failure is told" 1 "$(cat "$scratch/status")"
contains "with the reason" "the hits are kept for the next report" "$(cat "$scratch/err")"
kprobe --report=out=/dev/stdout
equal "standard output by its other name" "0 1" "$status $(grep -c . <<< "$(head -c 4 "$scratch/out" | od -An -c)")"
mv "$scratch/out" "$scratch/moved"
kprobe --report=in="$scratch/moved"
between "has them" 200 220 "$(hits "$scratch/out")"
equal "and its name is still there" /proc/self/fd/1 "$(readlink /dev/stdout)"

waiting "hits before the machine is started again"
rm -rf "$run"
kprobe --report
between "are reported after it" 200 220 "$(hits "$scratch/out")"

# Killed while its analyzer prints into a pipe that is full.
waiting "hits for a report that is killed"
mkfifo "$scratch/pipe"
# Somebody can read it all the time.
exec 7<> "$scratch/pipe" 8< "$scratch/pipe"
"$tools" kprobe --report > "$scratch/pipe" 2> "$scratch/err" 7>&- 8<&- & first=$!
IFS= read -r -t 60 -N 1 -u 7 begun || not_ok "its analyzer prints" "$(cat "$scratch/err")"
kill -9 $first
wait $first 2> /dev/null
timeout 60 "$tools" kprobe --report > "$scratch/second" 7>&- 8<&- & second=$!
{ printf %s "$begun"; timeout 60 cat <&8; } > "$scratch/first" 7>&- & reader=$!
exec 7>&- 8<&-
wait $second
wait $reader
between "go on to be printed" 200 220 "$(hits "$scratch/first")"
equal "and are not printed twice" 0 "$(hits "$scratch/second")"

# A program named from where the command is given.
if [ -d /sys/bus/event_source/devices/uprobe ]; then
    cp /bin/true "$scratch/program"
    entry=$(readelf -h "$scratch/program" | awk '/Entry point/ { print $4 }')
    cd "$scratch" || exit 1
    activated "a program is found beside the shell" "probe=uprobe:./program:+$entry"
    ./program
    kprobe --deactivate --report
    equal "and its hits come" 1 "$(grep -c '^KPROBE命中：' "$scratch/out")"
fi
clean
finish
