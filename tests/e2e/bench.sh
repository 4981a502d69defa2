#!/usr/bin/env bash
# The benchmarks build and are described, and the comparison with perf agrees on a small recording: the same hits, the same folded
# stacks, of both recorders and of perf's own file read by us. And it notices when they do not agree.
# shellcheck source=tests/tap.sh
. "$(dirname "$(readlink -f "$0")")/../tap.sh"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1

check "the benchmarks build" dotnet build "$top/bench/Stages" -c Release -v quiet
check "the generator builds" dotnet build "$top/bench/Generate" -c Release -v quiet
# shellcheck disable=SC2016 # no expansion: the page's own marks
described=$(sed -nE 's/^\| `([A-Z][A-Za-z]+)(\.[A-Za-z]+)?` .*/\1/p' "$top/bench/README.md" | sort -u)
equal "each stage is described, and each description has its stage" \
    "$(grep -l '\[Benchmark\]' "$top"/bench/Stages/*.cs | xargs -n 1 basename | sed 's/\.cs$//' | sort)" "$described"

compare=$top/bench/compare.sh
for wrong in --hits=5 '--hits 5' '--hits' '--rounds 0' '--workload dd' extra; do
    # shellcheck disable=SC2086 # a command line
    "$compare" $wrong > "$scratch/out" 2>&1
    equal "compare.sh $wrong is a usage error" 2 $?
done

if ! command -v perf > /dev/null; then
    skip "the comparison agrees" "perf is not installed"
    finish
elif [ "$(id -u)" != 0 ]; then
    skip "the comparison agrees" "not root"
    finish
fi
hits=40000
for workload in server loop; do
    status=0
    said=$("$compare" --check --hits "$hits" --workload "$workload" 2>&1) || status=$?
    name="perf and we see the same in the workload $workload"
    # All that is known to happen to perf alone: with -z it loses some hits of many a short recording, however often it is asked again.
    others=$(grep "^compare.sh: $workload: " <<< "$said" | grep -vE ": (perf-z has [0-9]+ hits|the folded stacks of perf-z are)")
    if [ "$status" = 0 ]; then ok "$name"
    elif [ -z "$others" ] && grep -q ": perf-z has [0-9]* hits" <<< "$said"; then skip "$name" "they do, but perf record -z lost hits: $(grep -c 'perf-z has' <<< "$said") times"
    else not_ok "$name" "$said"
    fi
done

# A perf whose text lacks its last hits, and one whose text names another function.
mkdir "$scratch/bin"
real=$(command -v perf)
lying() { printf '#!/bin/sh\ncase $1 in\n    script) "%s" "$@" | %s ;;\n    *) exec "%s" "$@" ;;\nesac\n' "$real" "$1" "$real" > "$scratch/bin/perf"; chmod +x "$scratch/bin/perf"; }
# refused NAME WANTED FILTER
refused() {
    lying "$3"
    local said status=0
    said=$(PATH=$scratch/bin:$PATH "$compare" --check --hits "$hits" --workload loop 2>&1) || status=$?
    equal "$1: refused" 1 "$status"
    contains "$1: said" "$2" "$said"
}
refused "a perf that lost hits" "hits of the workload's loop instead of $hits" "head -n 2000"
refused "a perf that saw other stacks" "the folded stacks of ours are not those of perf" "sed 's/ copy\$/ paste/'"
finish
