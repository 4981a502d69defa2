# shellcheck shell=bash disable=SC2154 # the variables are those of compare.sh, which sources this
# Figures: what "measure" wrote, one line for each round, in $work/figures/NAME.

mkdir -p "$work/figures"

# timed NAME COMMAND...: runs a command and keeps what it took. Its output is the caller's to redirect.
timed() {
    local name=$1 code=0
    shift
    if [ -n "$cold" ]; then
        sync
        echo 3 > /proc/sys/vm/drop_caches
    fi
    "$work/measure" "$work/measured" "$@" || code=$?
    cat "$work/measured" >> "$work/figures/$name"
    return "$code"
}

# median NAME [FIELD]: 1 wall clock seconds, 2 processor seconds (user and system), 3 peak memory in MB; nothing without figures.
median() {
    [ -s "$work/figures/$1" ] || return 0
    awk -v field="${2:-1}" '{ print field == 1 ? $1 : field == 2 ? $2 + $3 : $4 * 1024 / 1e6 }' "$work/figures/$1" | sort -g |
        awk '{ value[NR] = $1 } END { print NR % 2 ? value[(NR + 1) / 2] : (value[NR / 2] + value[NR / 2 + 1]) / 2 }'
}

# note NAME VALUE: a figure that was not measured by running a command.
note() { echo "$2 0 0 0" >> "$work/figures/$1"; }

# calculate EXPRESSION: of numbers; nothing when one of them is missing.
calculate() { awk "BEGIN { print $1 }" 2> /dev/null || true; }
