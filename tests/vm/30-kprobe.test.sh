#!/usr/bin/env bash
# The documented command: each example of its page, byte for byte.
# shellcheck source=tests/tap.sh
. "$(dirname "$(readlink -f "$0")")/../tap.sh"
# shellcheck source=tests/vm/reports.sh
. "$top/tests/vm/reports.sh"
# shellcheck source=tests/vm/kprobe.sh
. "$top/tests/vm/kprobe.sh"
clean

kprobe --help
equal "--help succeeds" 0 "$status"
head -n "$(wc -l < "$top/tests/vm/documented/help.txt")" "$scratch/out" > "$scratch/first"
check "it starts with the documented lines" diff "$top/tests/vm/documented/help.txt" "$scratch/first"
equal "what is added stands in the same form" "" "$(tail -n "+$(($(wc -l < "$scratch/first") + 1))" "$scratch/out" | grep -v '^        --[a-z]*, further$' | grep -vE '^            [a-z][^ ]* .*[^ ]$')"

kprobe --settings
equal "--settings before any activation: not active, no settings" "功能设置：
    是否激活：×
    进程ID：0
    线程ID：0
    进程名称：
    函数名称：
    CPUS：0-1
    输出级别：0" "$(cat "$scratch/out")"
kprobe --deactivate
documented "--deactivate before any activation prints the documented line" deactivated
equal "and succeeds" 0 "$status"
equal "neither leaves anything behind" "" "$(ls -d "$run" "$lib" 2> /dev/null)"
kprobe --report
equal "--report before any activation prints nothing" "0 0" "$status $(cat "$scratch/out" "$scratch/err" | wc -c)"

kprobe --activate='probe=hrtimer_interrupt'
documented "--activate prints the documented block" activated
equal "and succeeds" "0 0" "$status $(wc -c < "$scratch/err")"
equal "a recorder runs, in a session of its own, on no terminal" "1 $(recorder) ?" "$(recorders) $(ps -o sid=,tty= -p "$(recorder)" | xargs)"
equal "it holds none of our descriptors" "" "$(find "/proc/$(recorder)/fd" -lname "$scratch/*")"
equal "its state is root's alone" "700 root 700 root" "$(stat -c '%a %U' "$run" "$lib" | xargs)"
equal "and all in it" "" "$(find "$run" "$lib" -type f ! -perm 600; find "$run" "$lib" -type d ! -perm 700)"
kprobe --activate='probe=hrtimer_interrupt'
documented "--activate while one is active prints the documented failure" busy
equal "with status 1" 1 "$status"
contains "and the reason" "a recorder is active already" "$(cat "$scratch/err")"
kprobe --settings
equal "--settings shows that it is active" "    是否激活：√" "$(sed -n 2p "$scratch/out")"
reads 2000
kprobe --report
equal "--report succeeds" "0 0" "$status $(wc -c < "$scratch/err")"
cp "$scratch/out" "$scratch/report"
between "it prints hits" 10 1000000 "$(hits "$scratch/report")"
# The page's example, line by line, without its numbers and names: each kind of line in ours has one of its forms.
shapes() {
    sed -E -e 's/0x[0-9a-f]+/0xA/; s/PID： *[0-9]+\[.*\]，时间：\[[0-9]+:[0-9]+\]$/PID： P[C]，时间：[T:U]/' \
        -e 's/^##CGROUP:\[.*\]  [0-9]+      \[[0-9]{3,}\]  KPROBE命中，时间：\[[0-9]+:[0-9]{1,6}\]$/##CGROUP:[G]  P      [N]  KPROBE命中，时间：[T:U]/' \
        -e '/^#@/s/ [^ (]+( +\[[^]]+\])? +\(/ S (/; /^#~/s/ [^ (].* \(\[symbol\]\)$/ S ([symbol])/; /^#[*^]/s/ [^ ].* \(UNKNOWN\)$/ C (UNKNOWN)/' \
        -e 's/^(#[@~*^]) +0xA +/\1 0xA /' "$1" | sort -u
}
shapes "$top/tests/vm/documented/report.txt" > "$scratch/wanted"
shapes "$scratch/report" > "$scratch/shapes"
equal "every line has a documented form" "" "$(comm -13 "$scratch/wanted" "$scratch/shapes")"
equal "all documented forms occur, but those that no hit had" "" "$(comm -23 "$scratch/wanted" "$scratch/shapes" | grep -v '^#~')"
contains "the numbers start at 001" "      [001]  KPROBE命中" "$(sed -n 2p "$scratch/report")"
contains "the probed function is a leaf" "hrtimer_interrupt;" "$(awk '/^#@/ { if (!in_stack) print $3 ";"; in_stack = 1; next } { in_stack = 0 }' "$scratch/report" | sort -u)"
"$tools" kprobe --report > "$scratch/kprobe.log"
"$tools" flame --input="$scratch/kprobe.log" --output="$scratch/kprobe.svg" 2> "$scratch/err"
equal "the documented way to a flame graph works" 0 $?
contains "it shows the probed function" hrtimer_interrupt "$(cat "$scratch/kprobe.svg")"
kprobe --deactivate
documented "--deactivate prints the documented line" deactivated
equal "no recorder is left" 0 "$(recorders)"
kprobe --deactivate
documented "also a second time" deactivated
kprobe --settings
documented "--settings keeps the last settings, not active, with the list of CPUs" settings
kprobe --settings=json=1
equal "--settings=json=1 says the same" \
    '{"activated":0,"tgid":0,"pid":0,"comm":"","func":"hrtimer_interrupt","CPUS":"0-1","verbose":0,"dump-style":0,"sample-step":0,"raw-stack":0,"spool-mb":1024,"no-dotnet":0}' \
    "$(tr -d ' \n' < "$scratch/out")"
kprobe --report
between "after --deactivate the last hits are reported once" 1 1000000 "$(hits "$scratch/out")"
kprobe --report
equal "and not twice" "0 0" "$(hits "$scratch/out") $status"

kprobe --deactivate --activate='probe=down_write' --settings
equal "several actions run in order" "kprobe is not activated|功能设置成功，返回值：0|    函数名称：down_write|功能设置：|    是否激活：√|    函数名称：down_write" \
    "$(grep -E '^k|^功|激活|函数' "$scratch/out" | paste -sd '|')"
kprobe -deactivate
documented "one dash will do" deactivated
kprobe -activate='probe=vfs_read tgid=0 pid=0 comm="a b" cpu=0 verbose=3 dump-style=0 sample-step=4 raw-stack=1 spool-mb=16'
equal "every setting is shown" "功能设置成功，返回值：0
    进程ID：0
    线程ID：0
    进程名称：a b
    函数名称：vfs_read
    CPUS：0
    输出级别：3
    SAMPLE-STEP：4
    RAW-STACK：1
    SPOOL-MB：16" "$(cat "$scratch/out")"
kprobe --deact --set
contains "names may be cut short" "    SAMPLE-STEP：4" "$(cat "$scratch/out")"
rm -rf "$lib/spool" "$lib/report"

activated "sample-step takes" "probe=vfs_read comm=dd sample-step=10"
reads 3000
kprobe --deactivate --report
between "one hit of ten on each CPU" 299 302 "$(hits "$scratch/out")"
activated "so it does where the kernel counts" "probe=vfs_read sample-step=10"
reads 3000
kprobe --deactivate --report
between "one hit of ten on each CPU" 290 310 "$(hits "$scratch/out" '^[0-9]+ dd$')"

activated "the filters are record's" "probe=vfs_read comm=dd cpu=1"
for cpu in 0 1; do taskset -c $cpu dd if=/dev/zero of=/dev/null bs=1 count=100 status=none; done
kprobe --deactivate --report=out="$scratch/one.dtt"
contains "info shows them" "filters     comm=dd cpu=1" "$("$tools" info "$scratch/one.dtt")"
"$tools" report "$scratch/one.dtt" > "$scratch/report"
between "and only their hits are there" 100 120 "$(hits "$scratch/report")"

activated "a program can be watched by its id" "probe=vfs_read tgid=$$"
for ((i = 0; i < 50; i++)); do read -r _ < /proc/self/stat; done
kprobe --deactivate --report
between "its hits are there" 50 1000 "$(hits "$scratch/out" "^$$ ")"
equal "and nobody else's" "$(hits "$scratch/out")" "$(hits "$scratch/out" "^$$ ")"

# Files.
activated "for reports from files" "probe=vfs_read comm=dd"
for number in 1 2 3; do
    reads $((number * 100))
    kprobe --report=out="$scratch/$number.dtt"
    equal "--report=out= succeeds ($number)" "0 0" "$status $(cat "$scratch/out" "$scratch/err" | wc -c)"
    printf '%s\n' "$scratch/$number.dtt" >> "$scratch/list"
done
reads 10
kprobe --report=in="$scratch/2.dtt"
between "--report=in= prints one file" 200 220 "$(hits "$scratch/out")"
kprobe --report=inlist="$scratch/list"
cp "$scratch/out" "$scratch/all"
between "--report=inlist= prints all in the list" 600 660 "$(hits "$scratch/out")"
equal "in order, with numbers that go on" "$(seq -f '[%03.0f]' 1 "$(hits "$scratch/out")")" "$(sed -n 's/^##CGROUP:.* \(\[[0-9]*\]\)  KPROBE.*/\1/p' "$scratch/out")"
tac "$scratch/list" > "$scratch/turned"
kprobe --report=inlist="$scratch/turned"
equal "the order is the list's, not that of time" "$(cat "$scratch/3.dtt" "$scratch/2.dtt" "$scratch/1.dtt" | "$tools" report - | grep '^KPROBE' | cksum)" \
    "$(grep '^KPROBE' "$scratch/out" | cksum)"
cp "$scratch/all" "$scratch/out"
equal "times rise through all of them" "" "$(sed -n 's/^KPROBE.*时间：\[\([0-9]*\):\([0-9]*\)\]$/\1 \2/p' "$scratch/out" | sort -k1,1n -k2,2n -C || echo disorder)"
"$tools" kprobe --report=console=1 < "$scratch/list" > "$scratch/out" 2> "$scratch/err"
check "--report=console=1 prints the same" cmp "$scratch/all" "$scratch/out"
kprobe --report=in="$scratch/none.dtt"
equal "a file that is not there is an error" 1 "$status"
contains "that names it" "$scratch/none.dtt" "$(cat "$scratch/err")"
kprobe --report
between "none of that touched what is live" 10 20 "$(hits "$scratch/out")"
reads 20
kprobe --report=out="$scratch/nowhere/x.dtt"
equal "a file that cannot be written is an error" 1 "$status"
contains "that names it" "cannot write $scratch/nowhere/x.dtt" "$(cat "$scratch/err")"
kprobe --report=out=- 
cp "$scratch/out" "$scratch/piped.dtt"
"$tools" report "$scratch/piped.dtt" > "$scratch/report"
between "whose hits are kept for the next report" 20 30 "$(hits "$scratch/report")"
reads 30
"$tools" kprobe --report > /dev/full 2> "$scratch/err"
equal "a report that cannot be printed fails" 1 $?
kprobe --deactivate --report
between "and its hits are kept, too" 30 40 "$(hits "$scratch/out")"

for arguments in "--activate probe=vfs_read" "--nonsense" "activate" "--report=sideways=1" "--settings=xml=1" "--deactivate=now" ""; do
    # shellcheck disable=SC2086 # words
    kprobe $arguments
    equal "'$arguments' is a bad request" "2 0 1" "$status $(wc -c < "$scratch/out") $(wc -l < "$scratch/err")"
done
"$tools" nonsense > "$scratch/out" 2> "$scratch/err"
equal "so is an unknown subcommand" 2 $?
contains "which shows the usage" "usage: diagnose-tools" "$(cat "$scratch/err")"
for word in --help --version install uninstall; do check "diagnose-tools $word succeeds" "$tools" $word; done
clean
finish
