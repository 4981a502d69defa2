#!/usr/bin/env bash
# The VM harness from outside: what the tests in the VM report is worth only what it passes on.
# shellcheck source=tests/tap.sh
. "$(dirname "$(readlink -f "$0")")/../tap.sh"
vm=$top/tests/vm/run-in-vm

"$vm" true > /dev/null 2> "$scratch/why"
status=$?
if [ "$status" = 77 ]; then
    equal "where no VM can be had, one line says why" 1 "$(wc -l < "$scratch/why")"
    skip "the VM harness" "$(cat "$scratch/why")"
    finish
fi
equal "a command that succeeds gives status 0" 0 "$status"

# All bytes, no newline at the end, and enough of them to fill every buffer on the way.
{ for ((i = 0; i < 256; i++)); do printf "\\x$(printf %02x "$i")"; done; head -c 3000000 /dev/urandom; printf '\r\n\0end'; } > "$scratch/bytes"
printf 'apart\377' > "$scratch/errors"
mkdir "$scratch/out" "$scratch/a folder"
# shellcheck disable=SC2016 # for the guest's shell
script='pwd > /vmout/folder; printf "%s|" "$@" > /vmout/arguments; id -u > /vmout/user; uname -r > /vmout/kernel
    echo changed > "$1/bytes"; cat "$1/copy"; cat "$1/errors" >&2; exit 42'
cp "$scratch/bytes" "$scratch/copy"
(cd "$scratch/a folder" && VM_OUT=$scratch/out "$vm" bash -c "$script" bash "$scratch" "two words" '$x "q" *' "") \
    > "$scratch/stdout" 2> "$scratch/stderr"
equal "the status is the command's" 42 $?
check "standard output arrives byte for byte" cmp "$scratch/bytes" "$scratch/stdout"
check "standard error arrives byte for byte, apart" cmp "$scratch/errors" "$scratch/stderr"
check "the host's files stay as they were" cmp "$scratch/bytes" "$scratch/copy"
check "what the guest changes is forgotten" cmp "$scratch/copy" "$scratch/bytes"
equal "the command starts in the caller's folder" "$scratch/a folder" "$(cat "$scratch/out/folder")"
equal "arguments are handed on as they are" "$scratch|two words|\$x \"q\" *||" "$(cat "$scratch/out/arguments")"
equal "the command runs as root" 0 "$(cat "$scratch/out/user")"
if [ "$(cat "$scratch/out/kernel")" != "$(uname -r)" ]; then ok "the kernel is another"; else not_ok "the kernel is another" "$(uname -r)"; fi
equal "/vmout holds only what the command wrote" "arguments folder kernel user" "$(cd "$scratch/out" && echo *)"

# Two at once, and a crash beside: a guest that ends without a status must not look like a command that failed.
"$vm" bash -c 'kill -SEGV $$' > /dev/null 2>&1 & killed=$!
"$vm" bash -c 'echo before; sync; echo c > /proc/sysrq-trigger; sleep 60' > "$scratch/crash" 2> "$scratch/console"
equal "a guest that crashes gives status 125" 125 $?
equal "what the command wrote before the crash is kept" before "$(cat "$scratch/crash")"
contains "the crash shows on standard error" "sysrq triggered crash" "$(cat "$scratch/console")"
wait "$killed"
equal "a command that a signal ends gives 128 and its number" 139 $?
VM_TIMEOUT=12 "$vm" sleep 600 > /dev/null 2> "$scratch/console"
equal "a guest that takes too long gives status 124" 124 $?
contains "and says so" "stopped after 12 s" "$(cat "$scratch/console")"

mkdir "$scratch/bin"
XDG_CACHE_HOME=/proc/nowhere "$vm" true > /dev/null 2> "$scratch/why"
equal "where no VM can be had the status is 77" 77 $?
equal "and one line says why" 1 "$(wc -l < "$scratch/why")"
finish
