#!/usr/bin/env bash
# compare.sh [--hits N] [--rounds N] [--workload server|loop] [--flamegraph DIR] [--cold] [--check] [--readme]
# Records the same system calls with perf record and with diagnose-tools, renders both, and prints the table of ratios in
# Markdown. Both sides must have seen the same hits and the same folded stacks, or there is no ratio and the status is 1.
#   --hits N          system calls of the workload (default 2000000)
#   --rounds N        each figure is the median of that many (default 3)
#   --workload NAME   server (deep and varied stacks) or loop (as dd); both without it
#   --flamegraph DIR  a checkout of the FlameGraph scripts, to time perf script | stackcollapse-perf.pl | flamegraph.pl
#   --cold            drop the page cache before each command that is timed
#   --check           only record and check that both sides agree
#   --readme          put the table into README.md and README.zh-CN.md as well
# Root, on a machine that does nothing else. Needs perf and gcc, and installs them where apt-get is; bpftrace and xz are compared where they are installed.
set -euo pipefail
export LC_ALL=C
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
top=$(dirname "$here")
usage() { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' "$here/compare.sh" >&2; exit 2; }
die() { echo "compare.sh: $*" >&2; exit 1; }
say() { echo "compare.sh: $*" >&2; }

hits=2000000 rounds=3 workloads='server loop' flamegraph='' cold='' check_only='' readme=''
while [ $# -gt 0 ]; do
    case $1 in
        --hits | --rounds | --workload | --flamegraph) [ $# -gt 1 ] || usage ;;&
        --hits) hits=$2; shift ;;
        --rounds) rounds=$2; shift ;;
        --workload) workloads=$2; shift ;;
        --flamegraph) flamegraph=$2; shift ;;
        --cold) cold=1 ;;
        --check) check_only=1 ;;
        --readme) readme=1 ;;
        *) usage ;;
    esac
    shift
done
[[ $hits =~ ^[1-9][0-9]{2,9}$ && $rounds =~ ^[1-9][0-9]?$ && $workloads =~ ^(server loop|server|loop)$ ]] || usage
[ -z "$check_only" ] || rounds=1
[ -z "$readme" ] || [ "$workloads" = 'server loop' ] || die "--readme wants both workloads"
[ -z "$flamegraph" ] || { [ -r "$flamegraph/stackcollapse-perf.pl" ] && [ -r "$flamegraph/flamegraph.pl" ]; } ||
    die "$flamegraph has no stackcollapse-perf.pl and flamegraph.pl"
[ "$(id -u)" = 0 ] || die "must run as root: both recorders watch the whole machine"
[ -x "$top/artifacts/diagnose-tools" ] || "$top/build.sh" >&2
# build.sh has installed gcc where it may; perf comes the same way.
command -v perf > /dev/null || ! command -v apt-get > /dev/null || { apt-get update -q && DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=300 linux-perf; } > /dev/null 2>&1 < /dev/null || true
command -v perf > /dev/null || die "perf is not installed (Debian: linux-perf)"
command -v gcc > /dev/null || die "gcc is not installed"
[ -d /sys/kernel/tracing/events ] || mount -t tracefs tracefs /sys/kernel/tracing 2> /dev/null || [ -d /sys/kernel/debug/tracing/events ] ||
    die "tracefs is not mounted and cannot be: perf finds no tracepoints"
tools=$top/artifacts/diagnose-tools

work=$(mktemp -d "${TMPDIR:-/var/tmp}/compare.XXXXXX")
trap 'kill $(jobs -p) 2> /dev/null || true; rm -rf "$work"' EXIT
gcc -O1 -static -fno-omit-frame-pointer -fno-optimize-sibling-calls -o "$work/workload" "$here/compare/workload.c"
gcc -O1 -o "$work/measure" "$here/compare/measure.c"
mkfifo "$work/go" "$work/done"

# shellcheck source=bench/compare/figures.sh
. "$here/compare/figures.sh"
# shellcheck source=bench/compare/record.sh
. "$here/compare/record.sh"
# shellcheck source=bench/compare/agree.sh
. "$here/compare/agree.sh"
# shellcheck source=bench/compare/render.sh
. "$here/compare/render.sh"
# shellcheck source=bench/compare/large.sh
. "$here/compare/large.sh"
# shellcheck source=bench/compare/table.sh
. "$here/compare/table.sh"

status=0
for workload in $workloads; do
    for ((round = 1; round <= rounds; round++)); do
        say "$workload, round $round of $rounds: recording"
        record_all
        agree || status=1
    done
done
if [ -n "$check_only" ]; then
    [ "$status" != 0 ] || echo "both sides saw the same hits and the same folded stacks"
    exit "$status"
fi

for workload in $workloads; do
    for ((round = 1; round <= rounds; round++)); do
        say "$workload, round $round of $rounds: rendering"
        render_all
    done
done
start_up
large_trace
print_table > "$work/table.md"
cat "$work/table.md"
[ -z "$check_only" ] || rounds=1
[ "$status" = 0 ] || die "the two sides did not agree: the table is in no README"
[ -z "$readme" ] || "$here/put-into-readme.sh" compare.sh "$work/table.md"
exit "$status"
