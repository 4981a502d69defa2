# shellcheck shell=bash
# Sourced by the test scripts in tests/e2e and tests/vm. One result is one line on standard output:
#   ok - NAME          not ok - NAME: WHY          skip - NAME: WHY
# and the last line is "done COUNT": run.sh counts a script that ends without it as failed. There is no set -e here,
# so that one failed assertion does not hide those after it; nothing may be tested by a command's status alone.
set -uo pipefail
export LC_ALL=C
top=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
# shellcheck disable=SC2034 # for the scripts
tools=$top/artifacts/diagnose-tools
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
results=0

# A reason of several lines would break the one line per result.
one_line() { printf '%s' "$*" | tr '\n\t' '  ' | cut -c 1-600; }
ok() { results=$((results + 1)); printf 'ok - %s\n' "$1"; }
not_ok() { results=$((results + 1)); printf 'not ok - %s: %s\n' "$1" "$(one_line "${2:-no reason given}")"; }
skip() { results=$((results + 1)); printf 'skip - %s: %s\n' "$1" "$(one_line "$2")"; }
finish() { printf 'done %d\n' "$results"; exit 0; }

# check NAME COMMAND [ARG...]: the command succeeds; what it prints is the reason when it does not.
check() {
    local name=$1 said status
    shift
    if said=$("$@" 2>&1); then ok "$name"; else status=$?; not_ok "$name" "$* gave status $status: $said"; fi
}

# equal NAME EXPECTED ACTUAL
equal() { if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "expected '$2', got '$3'"; fi; }

# between NAME LOW HIGH ACTUAL
between() {
    if [[ ${4:-} =~ ^[0-9]+$ ]] && [ "$4" -ge "$2" ] && [ "$4" -le "$3" ]; then ok "$1"
    else not_ok "$1" "expected $2 to $3, got '${4:-}'"; fi
}

# contains NAME WANTED TEXT
contains() { if [[ $3 == *"$2"* ]]; then ok "$1"; else not_ok "$1" "'$2' is not in: $3"; fi; }

# same_graph ONE OTHER: two SVG files are the same, but for whose code the frames are: the text of a report does not tell it.
same_graph() { cmp <(sed '/^<metadata id="modules">/d' "$1") <(sed '/^<metadata id="modules">/d' "$2"); }

# program NAME: compiles tests/programs/NAME.c; the script then finds it as $scratch/NAME.
program() {
    gcc -O0 -g -Wall -Werror -fno-omit-frame-pointer -pthread -o "$scratch/$1" "$top/tests/programs/$1.c" || {
        not_ok "compile $1.c" "gcc failed"
        finish
    }
}
