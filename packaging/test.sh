#!/bin/sh
# test.sh kprobe: the documented cycle of diagnose-tools kprobe on down_write, on this machine: activate, ten reports to
# files one second apart, one text report from all of them, a flame graph, deactivate. Says what it found. Status 0 only
# if all of it worked; whatever happens, no recorder of this script stays behind.
set -u
LC_ALL=C
export LC_ALL

usage() {
    cat <<'USAGE'
usage: sh /usr/diagnose-tools/test.sh kprobe

  kprobe   watches down_write for ten seconds with diagnose-tools kprobe; leaves its files in a new private folder
USAGE
}

die() { echo "test.sh: $*" >&2; exit 1; }
step() { echo "test.sh: $*"; }
kprobe() { diagnose-tools kprobe "$@"; }

# The recorder outlives the command that starts it, so it would outlive this script, too.
started=
on_exit() {
    status=$?
    trap '' HUP INT PIPE TERM
    if [ -n "$started" ]; then
        kprobe --deactivate > /dev/null 2>&1 ||
            echo "test.sh: the recorder could not be stopped; try: diagnose-tools kprobe --deactivate" >&2
    fi
    if [ -n "${folder-}" ]; then
        rmdir "$folder" 2> /dev/null || [ "$status" = 0 ] || echo "test.sh: what there is so far is in $folder" >&2
    fi
    exit "$status"
}
trap on_exit EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 141' PIPE
trap 'exit 143' TERM

# A recording that someone else started is ended, which is said, but its hits are kept. So are those that nobody has
# reported since an earlier one: they would be in the first report of this one.
stop_what_runs() {
    settings=$(kprobe --settings) || die "diagnose-tools kprobe --settings failed"
    active=
    case $settings in
        *是否激活：√*)
            active=1
            step "a recorder is active already; it is stopped"
            kprobe --deactivate || die "it could not be stopped" ;;
    esac
    if ! kprobe --report="out=$folder/earlier.dtt" 2> "$folder/earlier.txt"; then
        [ -z "$active" ] || die "its hits could not be kept: $(cat "$folder/earlier.txt")"
    fi
    rm -f "$folder/earlier.txt"
    if [ ! -s "$folder/earlier.dtt" ]; then return 0; fi
    step "hits that were recorded before and not reported are in $folder/earlier.dtt"
}

activate() {
    step "diagnose-tools kprobe --activate='probe=down_write'"
    started=1
    if kprobe --activate='probe=down_write'; then return 0; fi
    # The recorder of another, who was quicker, is not ours to stop.
    started=
    die "down_write cannot be watched here: for the reason, see the line above this"
}

ten_reports() {
    step "ten reports, one second apart, to $folder/kprobe-*.dtt"
    number=0
    while [ "$number" -lt 10 ]; do
        number=$((number + 1))
        sleep 1
        trace=$folder/kprobe-$number.dtt
        kprobe --report="out=$trace" || die "report $number failed"
        [ -s "$trace" ] || die "report $number left no trace in $trace"
        echo "$trace" >> "$folder/kprobe.list"
    done
}

draw() {
    step "diagnose-tools kprobe --report='inlist=$folder/kprobe.list' > $folder/kprobe.log"
    kprobe --report="inlist=$folder/kprobe.list" > "$folder/kprobe.log" || die "the report from the ten traces failed"
    hits=$(grep -c '^KPROBE命中：' "$folder/kprobe.log")
    [ "$hits" -gt 0 ] || die "nothing called down_write while it was watched: no hits, so nothing is shown to work"
    step "diagnose-tools flame --input=$folder/kprobe.log --output=$folder/kprobe.svg"
    diagnose-tools flame --input="$folder/kprobe.log" --output="$folder/kprobe.svg" || die "the flame graph failed"
    [ -s "$folder/kprobe.svg" ] || die "the flame graph is empty"
}

deactivate() {
    step "diagnose-tools kprobe --deactivate"
    kprobe --deactivate || die "the recorder could not be stopped"
    started=
    # What came after the tenth report would otherwise be in the next one that somebody takes.
    kprobe --report="out=$folder/kprobe-rest.dtt" || die "the last hits could not be moved out of the way"
}

# Prints one line "COMM[PID]" for each hit. A name may hold anything, also brackets.
hit_threads() { sed -n 's/^KPROBE命中：PID： *\([0-9]*\)\[\(.*\)\]，时间：\[[0-9]*:[0-9]*\]$/\2[\1]/p' "$1"; }

# The kernel frame after the probed function is its caller; the third field is the name, then perhaps [module].
callers() {
    awk '/^KPROBE命中：/ { depth = 0 }
        /^#@/ && ++depth == 2 { print $3 ($4 ~ /^\[/ ? " " $4 : "") }' "$1" | sort | uniq -c | sort -rn | head -n 5
}

say_what_was_found() {
    threads=$(hit_threads "$folder/kprobe.log" | sort -u | wc -l)
    names=$(hit_threads "$folder/kprobe.log" | sed 's/\[[0-9]*\]$//' | sort -u | wc -l)
    cat <<FOUND

$hits hits of down_write in about ten seconds, by $((threads)) threads with $((names)) different names
the kernel functions that called it most often:
$(callers "$folder/kprobe.log")
the files, in $folder (remove it when it is no longer needed):
  kprobe.log     the text report
  kprobe.svg     the flame graph, for a browser
  kprobe-N.dtt   the ten traces, one for each second; kprobe-rest.dtt: what came after them
FOUND
}

case ${1-} in
    kprobe) ;;
    -h | --help) usage; exit 0 ;;
    '') usage >&2; exit 2 ;;
    *) echo "test.sh: there is no test '$1'" >&2; usage >&2; exit 2 ;;
esac
if [ $# -gt 1 ]; then echo "test.sh: unexpected: $2" >&2; usage >&2; exit 2; fi
command -v diagnose-tools > /dev/null || die "there is no diagnose-tools in PATH"
folder=$(mktemp -d "${TMPDIR:-/tmp}/diagnose-tools-kprobe.XXXXXX") || die "there is nowhere to put the files"

stop_what_runs
activate
ten_reports
draw
deactivate
say_what_was_found
