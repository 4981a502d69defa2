#!/usr/bin/env bash
# What /usr/diagnose-tools/test.sh makes of good and bad machines, with a stand-in for the command whose recorder is a
# file, so that this shows on any kernel. tests/vm has the real one.
# shellcheck source=tests/tap.sh
. "$(dirname "$(readlink -f "$0")")/../tap.sh"

shells=(sh)
for shell in dash "bash --posix"; do
    if command -v "${shell%% *}" > /dev/null; then shells+=("$shell"); fi
done
export stand=$scratch/stand tools top
export TMPDIR=$scratch/tmp
mkdir -p "$stand" "$TMPDIR" "$scratch/bin"
# $stand/recorder is there while one runs; $stand/fails names the call that fails; $stand/calls has them all.
cat > "$scratch/bin/diagnose-tools" <<'STAND'
#!/bin/bash
echo "$*" >> "$stand/calls"
case "$* " in *"$(cat "$stand/fails" 2> /dev/null || echo nothing) "*) echo "it cannot be" >&2; exit 1 ;; esac
case $2 in
    --settings) if [ -e "$stand/recorder" ]; then echo '    是否激活：√'; else echo '    是否激活：×'; fi ;;
    --activate=*) [ ! -e "$stand/recorder" ] && touch "$stand/recorder" "$stand/ran" ;;
    --deactivate) rm -f "$stand/recorder"; echo 'kprobe is not activated' ;;
    --report=out=*)
        if [ ! -e "$stand/ran" ]; then echo "there is nothing to report" >&2; exit 1; fi
        cp "$top/samples/vfs_read.dtt" "${2#--report=out=}" ;;
    --report=inlist=*) while read -r trace; do "$tools" report "$trace"; done < "${2#--report=inlist=}" ;;
    *) exec "$tools" "$@" ;;
esac
STAND
printf '#!/bin/bash\n%s\n' 'echo "sleep $*" >> "$stand/calls"; while [ -e "$stand/wait" ]; do touch "$stand/waits"; /bin/sleep 0.05; done' > "$scratch/bin/sleep"
chmod +x "$scratch/bin/"*
export PATH=$scratch/bin:$PATH

# cycle SHELL: its output is in $scratch/said, the calls in $stand/calls. Gives its status.
cycle() {
    rm -rf "$stand/calls" "$stand/ran" "${TMPDIR:?}"/*
    if [ -e "$stand/recorder" ]; then touch "$stand/ran"; fi
    # shellcheck disable=SC2086 # a shell and its option
    timeout 60 $1 "$top/packaging/test.sh" kprobe > "$scratch/said" 2>&1
}
hits=$("$tools" report "$top/samples/vfs_read.dtt" | grep -c '^KPROBE命中')
for shell in "${shells[@]}"; do
    cycle "$shell"; equal "$shell: the cycle succeeds" 0 $?
    contains "$shell: it says how many hits there were" "$((10 * hits)) hits" "$(cat "$scratch/said")"
    contains "$shell: it names the callers" "ksys_read" "$(cat "$scratch/said")"
    equal "$shell: its files" "kprobe-1.dtt kprobe-10.dtt kprobe-2.dtt kprobe-3.dtt kprobe-4.dtt kprobe-5.dtt kprobe-6.dtt kprobe-7.dtt kprobe-8.dtt kprobe-9.dtt kprobe-rest.dtt kprobe.list kprobe.log kprobe.svg" \
        "$(cd "$TMPDIR"/diagnose-tools-kprobe.* && echo *)"
    equal "$shell: their folder is private" 700 "$(stat -c %a "$TMPDIR"/diagnose-tools-kprobe.*)"
    equal "$shell: ten reports, each after a second" "$(for _ in {1..10}; do echo sleep 1; echo report; done)" \
        "$(sed -n 's/^kprobe --report=out=.*kprobe-[0-9].*/report/p; /^sleep/p' "$stand/calls")"
    check "$shell: no recorder stays" test ! -e "$stand/recorder"
done

fails() { # NAME CALL WORDS
    echo "$2" > "$stand/fails"
    cycle sh; equal "$1 gives status 1" 1 $?
    contains "$1 is said" "$3" "$(cat "$scratch/said")"
    rm "$stand/fails"
}
fails "a kernel without kprobes" "kprobe --activate=probe=down_write" "down_write cannot be watched here"
equal "no empty folder stays" "" "$(ls "$TMPDIR")"
equal "what was not started is not stopped" 0 "$(grep -c deactivate "$stand/calls")"
fails "a flame graph that cannot be drawn" "kprobe.svg" "the flame graph failed"
check "then no recorder stays" test ! -e "$stand/recorder"
fails "a report that fails" "kprobe-3.dtt" "report 3 failed"
check "then no recorder stays either" test ! -e "$stand/recorder"
contains "what there is so far is named" "is in $TMPDIR/diagnose-tools-kprobe." "$(cat "$scratch/said")"
fails "a recorder that cannot be stopped" "kprobe --deactivate" "could not be stopped"
rm -f "$stand/recorder"

echo other > "$stand/recorder"
cycle sh; equal "a recorder of another is stopped, and the cycle succeeds" 0 $?
contains "which is said" "a recorder is active already" "$(cat "$scratch/said")"
contains "its hits are kept, which is said" "earlier.dtt" "$(cat "$scratch/said")"
check "its hits are there" test -s "$(echo "$TMPDIR"/diagnose-tools-kprobe.*/earlier.dtt)"

for signal in INT TERM HUP; do
    for shell in "${shells[@]}"; do
        touch "$stand/wait"
        rm -f "$stand/waits" "$stand/calls"
        # Its own process group, as at a terminal, and no inherited deafness to SIGINT.
        # shellcheck disable=SC2086
        setsid env --default-signal=INT,HUP $shell "$top/packaging/test.sh" kprobe > "$scratch/said" 2>&1 &
        script=$!
        for ((tries = 0; tries < 200; tries++)); do if [ -e "$stand/waits" ]; then break; fi; /bin/sleep 0.05; done
        kill "-$signal" -- "-$script"
        rm "$stand/wait"
        wait "$script"
        status=$?
        equal "$shell: SIG$signal ends it with its status" $((128 + $(kill -l "$signal"))) "$status"
        check "$shell: SIG$signal leaves no recorder" test ! -e "$stand/recorder"
        rm -f "$stand/recorder"
    done
done

run() { sh "$top/packaging/test.sh" "$@" > "$scratch/said" 2>&1; }
run no-such-test; equal "an unknown test gives status 2" 2 $?
contains "it is named" "no-such-test" "$(cat "$scratch/said")"
run; equal "no test gives status 2" 2 $?
contains "no test shows usage" "usage: sh /usr/diagnose-tools/test.sh kprobe" "$(cat "$scratch/said")"
run kprobe more; equal "too much gives status 2" 2 $?
run --help; equal "--help gives status 0" 0 $?
rm "$scratch/bin/diagnose-tools"
if ! command -v diagnose-tools > /dev/null; then
    run kprobe; equal "without diagnose-tools in PATH it gives status 1" 1 $?
    contains "which is said" "no diagnose-tools in PATH" "$(cat "$scratch/said")"
fi
finish
