#!/usr/bin/env bash
# stacks.sh [--readme]
# How many user stacks are whole, on stock binaries under Debian's kernel in the VM: ours, perf record --call-graph fp and dwarf, for
# the same programs and probes; and whether our frames are those that gdb finds in the same stopped threads. Prints a table in
# Markdown; --readme puts it into README.md and README.zh-CN.md. Some ten minutes. Installs what it needs where apt-get is; Rust, Go
# and .NET programs are measured where their compilers are.
set -euo pipefail
export LC_ALL=C.UTF-8
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
top=$(dirname "$here")
say() { echo "stacks.sh: $*" >&2; }
die() { say "$*"; exit 1; }
case $#:${1-} in
    0:) readme= ;;
    1:--readme) readme=1 ;;
    *) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' "$here/stacks.sh" >&2; exit 2 ;;
esac

[ -x "$top/artifacts/diagnose-tools" ] || "$top/build.sh" >&2
packages=()
for need in perf:linux-perf gdb:gdb python3:python3 readelf:binutils perl:perl git:git g++:g++ go:golang-go rustc:rustc; do
    command -v "${need%%:*}" > /dev/null || packages+=("${need##*:}")
done
if [ ${#packages[@]} -gt 0 ] && [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
    say "installing ${packages[*]}"
    { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=300 "${packages[@]}"; } \
        > /dev/null 2>&1 < /dev/null || say "not all of them could be installed"
fi
for need in perf gdb python3 readelf perl git g++; do
    command -v "$need" > /dev/null || die "$need is not installed"
done

# The guest sees this machine's files, but has a /tmp of its own.
work=$(mktemp -d "/var/tmp/stacks.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir "$work/programs" "$work/out"
g++ -O2 -pthread -o "$work/programs/threads" "$here/stacks/threads.cpp"
! command -v rustc > /dev/null || rustc -O -o "$work/programs/rust" "$here/stacks/work.rs" || say "the Rust program does not build"
! command -v go > /dev/null || GOCACHE=$work/go GOFLAGS=-mod=mod go build -o "$work/programs/go" "$here/stacks/work.go" || say "the Go program does not build"
DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1 dotnet build "$here/stacks/Managed" -c Release -v quiet -o "$work/programs/managed" \
    > "$work/managed.log" || say "the .NET program does not build: $(cat "$work/managed.log")"

VM_OUT=$work/out VM_TIMEOUT=2400 "$top/tests/vm/run-in-vm" "$here/stacks/guest.sh" "$work/programs" >&2 || die "the guest failed"
# gdb stops programs thousands of times, which takes an emulated processor half an hour: here, by a tracepoint, where there is one.
mount -t tracefs tracefs /sys/kernel/tracing 2> /dev/null || true
if [ "$(id -u)" = 0 ] && [ -e /sys/kernel/tracing/events/syscalls/sys_enter_read ]; then
    stopped_on="Linux $(uname -r)"
    "$here/stacks/stopped.sh" tracepoint:syscalls:sys_enter_read "$work/programs" "$work/out" >&2 || die "the comparison with gdb failed"
else
    stopped_on="the VM"
    VM_OUT=$work/out VM_TIMEOUT=7200 "$top/tests/vm/run-in-vm" "$here/stacks/stopped.sh" __x64_sys_read "$work/programs" /vmout >&2 ||
        die "the comparison with gdb failed"
fi

share() { awk '{ if ($1 == 0) print "no hits"; else printf "%.1f %%", 100 * $2 / $1 }' "$work/out/$1"; }

title() { if [ "$1" = dotnet-catch ]; then echo "dotnet, also in \`catch\` blocks (\`--user-stack=dwarf,24576\`)"; else echo "$1"; fi; }
size() { awk '{ if ($1 >= 1e6) printf "%.1f MB", $1 / 1e6; else printf "%.0f kB", $1 / 1e3 }'; }

status=0
table() {
    local probe program name calls stacks different
    echo "| user stacks that reach their thread's first function | hits | perf \`fp\` | perf \`dwarf\` | diagnose-tools | | file: perf \`dwarf\` → ours |"
    echo "| --- | ---: | ---: | ---: | ---: | --- | ---: |"
    for probe in vfs_read do_nanosleep; do
        for program in sort git python3 perl gzip c++ rust go dotnet dotnet-catch; do
            name=$probe.$program
            [ -s "$work/out/$name.ours" ] || continue
            echo "| \`$probe\` under $(title "$program") | $(cut -d' ' -f1 "$work/out/$name.ours") | $(share "$name.perf-fp") | $(share "$name.perf-dwarf") | $(share "$name.ours") | $(awk '{ print (($1 > 0 && $2 >= 0.99 * $1) ? "≥ 99 %: met" : "≥ 99 %: **no**") }' "$work/out/$name.ours") | $(sed -n 3p "$work/out/$name.bytes" | size) → $(sed -n 1p "$work/out/$name.bytes" | size) |"
        done
    done
    cat "$work/out"/gdb.*.theirs > "$work/theirs"
    cat "$work/out"/gdb.*.ours > "$work/ours"
    calls=$(wc -l < "$work/theirs")
    stacks=$(cut -d' ' -f2- "$work/theirs" | sort -u | wc -l)
    different=$(paste -d'|' "$work/theirs" "$work/ours" | awk -F'|' '$1 != $2' | wc -l)
    echo "| the same stopped thread in gdb and in our trace, on $stopped_on: $calls calls, $stacks different stacks | | | | $different differ in any address | $([ "$different" = 0 ] && [ "$stacks" -ge 200 ] && echo "≥ 200, all equal: met" || echo "≥ 200, all equal: **no**") | |"
    echo
    echo "Debian's own binaries, Linux $(sed -n 's/^kernel *\([^ ]*\).*/\1/p' "$work/out/vfs_read.sort.info"), $(perf --version), $(gdb --version | head -n 1), $("$top/artifacts/diagnose-tools" --version); perf copies 8192 bytes of each stack,"
    echo "and we 16384. Whether a stack is whole is told by \`readelf\` for all three: its outermost frame lies in a function that nobody calls."
}
table > "$work/table.md"
cat "$work/table.md"
for why in "$work/out"/*.ours.why; do
    [ ! -s "$why" ] || { say "not whole in $(basename "${why%.ours.why}"):"; head -n 5 "$why" >&2; }
done
if grep -q '\*\*no\*\*' "$work/table.md"; then status=1; fi

[ -z "$readme" ] || "$here/put-into-readme.sh" stacks.sh "$work/table.md"
exit "$status"
