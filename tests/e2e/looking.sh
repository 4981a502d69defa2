#!/usr/bin/env bash
# Looking into hits: text, JSON, folded stacks, summary and top of the same hits have the same totals, with each filter and
# without; what a terminal shows; and top on a recorder that runs. In a mount namespace with state folders of its own.
if [ "${LOOKING_IS_PRIVATE-}" != 1 ] && [ "$(id -u)" = 0 ]; then
    # shellcheck disable=SC2016
    LOOKING_IS_PRIVATE=1 exec unshare -m bash -c 'mount -t tmpfs -o mode=755 none /run && mount -t tmpfs -o mode=755 none /var/lib && exec bash "$0"' \
        "$(readlink -f "$0")"
fi
# shellcheck source=tests/tap.sh
. "$(dirname "$(readlink -f "$0")")/../tap.sh"
# shellcheck source=tests/vm/kprobe.sh
. "$top/tests/vm/kprobe.sh"
command -v python3 > /dev/null || { skip "looking into hits" "there is no python3 here to read JSON"; finish; }

# Each way of looking at FILE with FILTERS, as "hits" on a line; the JSON is looked at by a program that knows nothing of ours.
# by_hand FILTER-EXPRESSION: hits of $scratch/all.json for which a Python expression over the hit h holds.
by_hand() {
    python3 - "$scratch/all.json" "$1" <<'PYTHON'
import json, re, sys
count = 0
for line in open(sys.argv[1], encoding="utf-8", errors="strict"):
    h = json.loads(line)
    frames = [f.get("demangled") or f["name"] or "UNKNOWN" for f in h["kernel"] + h["user"]]
    kernel = {f["name"] for f in h["kernel"]}
    count += bool(eval(sys.argv[2]))
print(count)
PYTHON
}

# drawn FILE OPTION...: the hits of the folded stacks, of the graph's and the page's summary, of the page's timeline, and what
# ends in its functions. Where no hit is left nothing is written, which is 0.
drawn() {
    local file=$1 format
    shift
    for format in folded svg html; do
        : > "$scratch/drawn.$format"
        "$tools" flame --input="$file" --output="$scratch/drawn.$format" "$@" 2>> "$scratch/err"
    done
    python3 - "$scratch/drawn" <<'PYTHON'
import collections, html, json, re, sys
read = lambda kind: open(sys.argv[1] + kind, encoding="utf-8", errors="strict").read()
def part(text, element, name):
    found = re.search(f'<{element} id="{name}"[^>]*>(.*?)</{element}>', text, re.S)
    return html.unescape(found[1]) if found else None
def summary(text):
    return int(re.match(r"([\d,]+) hits?\b", part(text, "text", "summary") or "0 hits")[1].replace(",", ""))
page = read(".html")
data = json.loads(part(page, "metadata", "data") or '{"functions": [], "frames": []}')
times = json.loads(part(page, "metadata", "times") or '{"slots": 0, "untimed": 0, "hits": []}')
# By slot: the step to it, how many frames, and of each the step to it and its hits.
numbers, timed, slot = iter(times["hits"]), times["untimed"], 0
for step in numbers:
    slot += step
    assert slot < times["slots"]
    for _ in range(next(numbers)):
        next(numbers)
        timed += next(numbers)
ends = collections.Counter()
for at in range(6, len(data["frames"]), 6):
    ends[data["functions"][data["frames"][at + 2]]] += data["frames"][at + 5]
print(sum(int(line.rsplit(" ", 1)[1]) for line in read(".folded").splitlines()), summary(read(".svg")), summary(page), timed, ends.total())
PYTHON
}

# agree NAME FILE EXPECTED FILTER...: every command counts so many hits.
agree() {
    local name=$1 file=$2 expected=$3 said=
    shift 3
    "$tools" report "$@" "$file" > "$scratch/text" 2> "$scratch/err"
    said="$(grep -c '^##$' "$scratch/text")"
    said+=" $("$tools" report --json "$@" "$file" 2>> "$scratch/err" | wc -l)"
    local per
    for per in "" --per=thread --per=process --per=cpu --per=cgroup; do
        said+=" $(drawn "$file" "$@" ${per:+"$per"})"
    done
    "$tools" summary --by process --by thread --by cgroup --by cpu --by event --by stack --limit=2 "$@" "$file" > "$scratch/summary" 2>> "$scratch/err"
    said+=" $(sed -n 's/^hits  \([0-9]*\).*/\1/p' "$scratch/summary" | head -n 1)"
    # The tables, each with a sum of its own.
    said+=" $(awk 'NF == 0 { if (rows++) printf "%d ", sum; sum = 0; next } $1 ~ /^[0-9]+$/ { sum += $1 } END { print sum + 0 }' "$scratch/summary")"
    "$tools" top --limit=100000 "$@" "$file" > "$scratch/top" 2>> "$scratch/err"
    said+=" $(sed -n 's/^hits  \([0-9]*\)$/\1/p' "$scratch/top") $(awk 'NR > 3 { sum += $2 } END { print sum + 0 }' "$scratch/top")"
    # text, JSON, five figures of each of five graphs, summary with its six tables, top with what ends in its functions
    equal "$name" "$(printf "$expected%.0s " {1..36})" "$said "
}

looked_at() { # FILE NAME
    local file=$1 name=$2 comm tgid pid cpu cgroup mid
    "$tools" report --json "$file" > "$scratch/all.json"
    agree "$name: all totals agree" "$file" "$(wc -l < "$scratch/all.json")"
    # The most frequent of each, and a moment in the middle.
    read -r comm tgid pid cpu mid cgroup < <(python3 - "$scratch/all.json" <<'PYTHON'
import collections, json, sys
hits = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
most = lambda key: collections.Counter(key(h) for h in hits).most_common(1)[0][0]
whole = hits[len(hits) // 2]["time"]
print(most(lambda h: h["process"]["comm"]), most(lambda h: h["process"]["pid"]), most(lambda h: h["thread"]["tid"]),
      most(lambda h: h["cpu"]), whole[:26] + "Z", most(lambda h: h["cgroup"]))
PYTHON
    )
    agree "$name: --comm" "$file" "$(by_hand "h['process']['comm'] == '$comm'")" --comm="$comm"
    agree "$name: --tgid" "$file" "$(by_hand "h['process']['pid'] == $tgid")" --tgid="$tgid"
    agree "$name: --pid" "$file" "$(by_hand "h['thread']['tid'] == $pid")" --pid="$pid"
    agree "$name: --cpu" "$file" "$(by_hand "h['cpu'] == $cpu")" --cpu="$cpu"
    agree "$name: --cgroup by its path" "$file" "$(by_hand "h['cgroup'] == '$cgroup'")" --cgroup="$cgroup"
    agree "$name: --from, a date" "$file" "$(by_hand "h['time'][:26] >= '${mid%Z}'")" --from="$mid"
    agree "$name: --to, a date" "$file" "$(by_hand "h['time'][:26] <= '${mid%Z}'")" --to="$mid"
    agree "$name: --include" "$file" "$(by_hand "any(re.search('read|^sys', f) for f in frames)")" --include='read|^sys'
    agree "$name: --exclude" "$file" "$(by_hand "not any(re.search('read', f) for f in frames)")" --exclude=read
    agree "$name: several at once" "$file" "$(by_hand "h['process']['comm'] == '$comm' and h['cpu'] == $cpu and not any('write' in f for f in frames)")" \
        --comm="$comm" --cpu="$cpu" --exclude=write
    agree "$name: none is left" "$file" 0 --comm="$comm" --include='no such function'

    # The printed text is looked at as the trace is, where it tells; times as it prints them.
    "$tools" report "$file" > "$scratch/kprobe.log"
    local stamp hits name_of_cgroup from_trace from_text
    name_of_cgroup=$(sed -n 's/^##CGROUP:\[\(.*\)\]  .*/\1/p' "$scratch/kprobe.log" | cut -d ']' -f 1 | head -n 1)
    stamp=$(sed -n 's/^KPROBE.*时间：\[\(.*\)\]$/\1/p' "$scratch/kprobe.log" | sed -n "$(($(wc -l < "$scratch/all.json") / 2))p")
    for hits in "--from=$stamp" "--to=$stamp" "--from=0.00" "--to=3600" "--comm=$comm" "--pid=$pid" "--include=read|sys|hrtimer" "--exclude=write" "--cgroup=$name_of_cgroup"; do
        : > "$scratch/one"
        : > "$scratch/two"
        "$tools" flame --input="$file" --format=folded --output="$scratch/one" "$hits" 2> "$scratch/err"
        from_trace=$?
        "$tools" flame --input="$scratch/kprobe.log" --format=folded --output="$scratch/two" "$hits" 2>> "$scratch/err"
        from_text=$?
        equal "$name: $hits on the text leaves hits" "0 0 yes" "$from_trace $from_text $([ -s "$scratch/one" ] && echo yes)"
        check "$name: $hits on the text" cmp "$scratch/one" "$scratch/two"
    done
    equal "$name: top of the text" "$("$tools" top "$file" --include=read)" "$("$tools" top "$scratch/kprobe.log" --include=read)"
    equal "$name: --limit" "$(head -n 3 "$scratch/all.json")" "$("$tools" report --json --limit=3 "$file")"
    equal "$name: --limit on the text" 3 "$("$tools" report --limit=3 "$file" | grep -c '^##$')"
}

for trace in "$top"/samples/*.dtt; do looked_at "$trace" "$(basename "$trace")"; done

sample=$top/samples/vfs_read.dtt
"$tools" report "$sample" > "$scratch/kprobe.log"
for option in --cpu=0 --tgid=1 --event=vfs_read --cgroup=/a/b; do
    "$tools" flame --input="$scratch/kprobe.log" --output="$scratch/none.svg" "$option" 2> "$scratch/err"
    equal "$option on the text is an error" 1 $?
    contains "which says why" "cannot be used" "$(cat "$scratch/err")"
done

# A terminal is shown colours, and no more than it is wide; with NO_COLOR no colours; nobody else is shown either.
equal "no colours in a pipe" "" "$("$tools" top "$sample" | grep -c $'\033' | grep -v '^0$')"
if command -v script > /dev/null; then
    at_terminal() { script -qec "stty cols 70 rows 20; $*" /dev/null < /dev/null | tr -d '\r'; }
    contains "colours at a terminal" $'\033[3' "$(TERM=xterm at_terminal "$tools" top "$sample")"
    equal "none with NO_COLOR" 0 "$(NO_COLOR=1 TERM=xterm at_terminal "$tools" top "$sample" | grep -c $'\033\[3')"
    equal "no line is wider" 70 "$(NO_COLOR=1 TERM=xterm at_terminal "$tools" top "$sample" \
        | python3 -c 'import sys; print(max(len(line.rstrip("\n")) for line in open(0, encoding="utf-8") if "\x1b" not in line))')"
    # A slow writer makes the work long; only the terminal of standard error is told.
    slowly() { head -c 50000 "$scratch/kprobe.log"; sleep 1.5; tail -c +50001 "$scratch/kprobe.log"; }
    if mkfifo "$scratch/slow" && { slowly > "$scratch/slow" & } then
        contains "progress at a terminal" "MB" "$(TERM=xterm at_terminal "$tools flame --input=$scratch/slow --output=$scratch/slow.svg")"
    fi
    slowly | "$tools" flame --input=- --output="$scratch/slow.svg" 2> "$scratch/err"
    equal "and nothing elsewhere" 0 "$(wc -c < "$scratch/err")"
else
    skip "what a terminal shows" "there is no script here"
fi

# A recording of now, and a recorder that is looked at while it runs.
probe=tracepoint:raw_syscalls:sys_enter
[ -e /sys/kernel/tracing/events ] || mount -t tracefs tracefs /sys/kernel/tracing 2> /dev/null
if [ "${LOOKING_IS_PRIVATE-}" != 1 ] || [ ! -e /sys/kernel/tracing/events/raw_syscalls/sys_enter ]; then
    skip "looking at a recorder" "this takes root, and a kernel with $probe"
    finish
fi
trap 'clean; rm -rf "$scratch"' EXIT
check "a recording" "$tools" record --probe=$probe --command-only -o "$scratch/new.dtt" -- bash -c 'for i in {1..20}; do ls / > /dev/null; cat /etc/passwd > /dev/null; done'
looked_at "$scratch/new.dtt" "a recording of now"

"$tools" top > "$scratch/out" 2> "$scratch/err"
equal "without a recorder there is nothing to look at" 1 $?
contains "which is said" "no recorder is active" "$(cat "$scratch/err")"
activated "a recorder" "probe=$probe comm=dd"
"$tools" top --count=30 --window=60 > "$scratch/top" 2> "$scratch/err" &
looking=$!
sleep 1
dd if=/dev/zero of=/dev/null bs=1 count=10000 status=none
kprobe --report=out="$scratch/first.dtt"
dd if=/dev/zero of=/dev/null bs=1 count=20000 status=none
kprobe --deactivate
wait $looking
equal "top ends with the recorder" "0 0" "$? $(wc -c < "$scratch/err")"
kprobe --report=out="$scratch/second.dtt"
reported=$("$tools" report --json "$scratch/first.dtt" "$scratch/second.dtt" | wc -l)
between "looking takes no hit from a report" 60000 61000 "$reported"
equal "and has seen every hit, across a report" "$reported" "$(sed -n 's/^hits .* \([0-9]*\) since it is watched.*/\1/p' "$scratch/top" | tail -n 1)"
contains "and their functions" "do_syscall_64" "$(cat "$scratch/top")"
finish
