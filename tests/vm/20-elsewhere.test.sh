#!/usr/bin/env bash
# A trace alone, in an empty root with nothing but the analyzer, gives what it gave on the machine that recorded it.
# shellcheck source=tests/tap.sh
. "$(dirname "$(readlink -f "$0")")/../tap.sh"
# shellcheck source=tests/vm/reports.sh
. "$top/tests/vm/reports.sh"
program threads
g++ -O1 -fno-omit-frame-pointer -fno-optimize-sibling-calls -o "$scratch/words" "$top/samples/words.cpp" || not_ok "compile words.cpp" "g++ failed"

recorded "a mixed load is recorded" --probe=vfs_read -- sh -c "$scratch/words /etc/passwd /etc/services; $scratch/threads --calls 20; dd if=/dev/zero of=/dev/null bs=1 count=20000 status=none"
# An emulated machine cannot always take 20,000 copies of stacks as fast as dd reads: what is not there must be counted.
dd=$(hits "$scratch/report" '^[0-9]+ dd$')
between "with reads of dd" 2000 20100 "$dd"
between "every one of them, but for those that are counted as lost" 20000 999999 $((dd + $(lost "$scratch/trace.dtt")))
"$tools" flame --input="$scratch/trace.dtt" --output="$scratch/flame.svg"
"$tools" flame --input="$scratch/trace.dtt" --output="$scratch/folded" --format=folded
"$tools" info "$scratch/trace.dtt" | sed 's/^trace .*, \([0-9]* bytes\)/trace \1/' > "$scratch/info"
contains "C++ names are demangled" "words::count<std::__cxx11::basic_string<char" "$(cat "$scratch/folded")"

mkdir "$scratch/empty"
cp "$top/artifacts/diagnose-analyze" "$scratch/trace.dtt" "$scratch/empty/"
rm -f "$scratch/trace.dtt" "$scratch/words" "$scratch/threads"
there() { chroot "$scratch/empty" /diagnose-analyze "$@"; }
check "the report is the same, byte for byte" cmp <(there report /trace.dtt) "$scratch/report"
check "the flame graph is drawn there" there flame --input=/trace.dtt --output=/flame.svg
check "and is the same, byte for byte" cmp "$scratch/empty/flame.svg" "$scratch/flame.svg"
check "so are the folded stacks" cmp <(there flame --input=/trace.dtt --format=folded --output=-) "$scratch/folded"
check "and what info says" cmp <(there info /trace.dtt | sed 's/^trace .*, \([0-9]* bytes\)/trace \1/') "$scratch/info"
cp "$scratch/report" "$scratch/empty/report"
check "the printed text is drawn there" there flame --input=/report --output=/text.svg
check "as the trace is, but for the modules" same_graph "$scratch/empty/text.svg" "$scratch/flame.svg"
equal "a trace is its owner's alone" 600 "$(stat -c %a "$scratch/empty/trace.dtt")"
finish
