#!/bin/sh
# Records with perf(1), as root, the stacks that the tests beside this script unwind; run by hand, the tests only read what
# it left.
#   NAME.data.gz       what perf recorded of one process: registers and copied stacks
#   NAME.expected.gz   the frames that perf's unwinder finds, a line for each stack, leaf first, as OFFSET:FUNCTION. Of callers
#                      it gives the call's last byte, and of what a signal interrupted the address itself.
#   FILE.gz            the files that the process mapped, whole (stacks, vdso) or as thin.py leaves them
set -eu
cd "$(dirname "$0")"
here=$(pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

record() { # NAME PERIOD PROGRAM...
    name=$1 period=$2
    shift 2
    (cd "$work" && env -i /usr/bin/perf record -q -N --no-bpf-event -o data -e cpu-clock:u -c "$period" --call-graph dwarf,16384 -- "$@")
    # Symbols must be asked for: without them perf does not unwind well.
    perf script -i "$work/data" --ns --no-inline -F tid,time,ip,sym 2> /dev/null | awk '
        /^[ \t]*[0-9]+ +[0-9.]+:/ { if (NR > 1) print line; line = ""; next }
        NF { line = line (line == "" ? "" : " ") $1 ":" $2 }
        END { print line }' > "$work/expected"
    gzip -9nc "$work/data" > "$here/$name.data.gz"
    gzip -9nc "$work/expected" > "$here/$name.expected.gz"
    echo "$name: $(wc -l < "$work/expected") stacks"
}

gcc -O2 -fomit-frame-pointer -fno-stack-protector -nostdlib -static -fcf-protection=none -fno-toplevel-reorder \
    -Wl,--build-id=sha1,--eh-frame-hdr -o "$work/stacks" stacks.c
strip --strip-debug "$work/stacks"
gzip -9nc "$work/stacks" > stacks.gz
record stacks 50000 ./stacks

record python 1000000 /usr/bin/python3 "$here/work.py"
perf script -i "$work/data" --show-mmap-events 2> /dev/null | sed -n 's,.* r-xp \(/.*\)$,\1,p' | sort -u | while read -r file; do
    python3 thin.py "$file" | gzip -9nc > "$(basename "$file").gz"
done
# Every process maps the same vDSO.
python3 -c '
import sys
line = next(line for line in open("/proc/self/maps") if "[vdso]" in line)
start, end = (int(x, 16) for x in line.split()[0].split("-"))
with open("/proc/self/mem", "rb") as memory:
    memory.seek(start)
    sys.stdout.buffer.write(memory.read(end - start))' | gzip -9nc > vdso.gz
ls -l ./*.gz
