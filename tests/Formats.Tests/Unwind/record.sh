#!/bin/sh
# Builds stacks.c and records its stacks with perf(1), as root: stacks.gz, the program; stacks.data.gz, what perf recorded;
# stacks.expected.gz, the frames that perf's unwinder finds, a line for each stack, leaf first. Of callers perf gives the
# address of the call's last byte, and of what a signal interrupted its own. Run by hand; the tests only read what it left.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
gcc -O2 -fomit-frame-pointer -fno-stack-protector -nostdlib -static -fcf-protection=none -fno-toplevel-reorder \
    -Wl,--build-id=sha1,--eh-frame-hdr -o "$work/stacks" stacks.c
strip --strip-debug "$work/stacks"
(cd "$work" && perf record -q -N --no-bpf-event -o data -e cpu-clock:u -c 50000 --call-graph dwarf,16384 -- ./stacks)
perf script -i "$work/data" --ns --no-inline -F tid,time,ip,sym 2> /dev/null | awk '
    /^[ \t]*[0-9]+ +[0-9.]+:/ { if (NR > 1) print line; line = ""; next }
    NF { line = line (line == "" ? "" : " ") $1 ":" $2 }
    END { print line }' > "$work/expected"
for name in stacks data expected; do
    [ $name = stacks ] && to=stacks.gz || to=stacks.$name.gz
    gzip -9nc "$work/$name" > $to
done
ls -l stacks.*gz
echo "$(wc -l < "$work/expected") stacks"
