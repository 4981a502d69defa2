# shellcheck shell=bash disable=SC2154,SC2034 # scratch and tools come from tap.sh; pid, tid and release go to the tests
# Sourced by the tests of record: what the tools print, as lines that sort and compare. The one place that knows
# the report's words.

# record OPTIONS... [-- COMMAND...]: records into $scratch/trace.dtt and reports into $scratch/report; what was said
# is in $scratch/said. Gives record's status.
record() {
    local status=0
    rm -f "$scratch/trace.dtt" "$scratch/report"
    "$tools" record --output="$scratch/trace.dtt" "$@" > "$scratch/said" 2>&1 || status=$?
    if ! "$tools" report "$scratch/trace.dtt" > "$scratch/report" 2>> "$scratch/said" && [ "$status" = 0 ]; then status=1; fi
    return "$status"
}

# recorded NAME OPTIONS...: record must succeed.
recorded() { if record "${@:2}"; then ok "$1"; else not_ok "$1" "$(cat "$scratch/said")"; fi; }

# One line "TID COMM" for each hit.
hit_threads() { sed -n 's/^KPROBE命中：PID： *\([0-9]*\)\[\(.*\)\]，时间：\[[0-9]*:[0-9]*\]$/\1 \2/p' "$1"; }

# hits REPORT [EXTENDED-REGULAR-EXPRESSION]: how many hits are by threads whose "TID COMM" fits.
hits() { hit_threads "$1" | grep -cE "${2:-.}" || true; }

# stacks REPORT MARK COMM: for each hit by threads of that name, the names on the lines with the mark (@ kernel, ~ user,
# ^ ancestry), leaf or process itself first, joined by semicolons.
stacks() {
    awk -v mark="#$2" -v wanted="$3" '
        /^KPROBE命中：PID：/ { comm = $0; sub(/^[^[]*\[/, "", comm); sub(/\]，时间：.*/, "", comm); stack = ""; next }
        substr($0, 1, 2) == mark { stack = stack (stack == "" ? "" : ";") $3; next }
        $0 == "##" && comm == wanted { print stack }' "$1"
}

# The same of perf script -F comm,ip,sym: only the kernel half.
perf_kernel_stacks() {
    awk -v wanted="$2" '
        function flush() { if (stack != "") print stack; stack = "" }
        /^[^ \t]/ { flush(); hit = ($1 == wanted); next }
        hit && $1 ~ /^ffff/ { stack = stack (stack == "" ? "" : ";") $2 }
        END { flush() }' "$1"
}

counted() { sort | uniq -c | sed 's/^ *//'; }

# What info says was lost: the first number on the line that speaks of it.
lost() { "$tools" info "$1" | sed -n '/[Ll]ost/{s/^[^0-9]*\([0-9][0-9]*\).*/\1/p;q}'; }

# hold_threads OPTIONS...: starts the program threads held, and sets pid and tid[0..4].
hold_threads() {
    local number name
    rm -f "$scratch/go" "$scratch/threads.out"
    mkfifo "$scratch/go"
    # Opened for both ways, so that neither side waits for the other to open it.
    exec {go}<> "$scratch/go"
    "$scratch/threads" --hold "$@" <&"$go" > "$scratch/threads.out" &
    until grep -q '^ready$' "$scratch/threads.out"; do sleep 0.05; done
    pid=$(sed -n 's/^pid //p' "$scratch/threads.out")
    tid=()
    while read -r _ number name; do tid[${name#worker-}]=$number; done < <(grep '^tid ' "$scratch/threads.out")
    # The command to record: lets them run and waits for their end. Its own reads are what filters must leave out.
    # shellcheck disable=SC2016
    release=(bash -c 'echo > "$1"; while grep -qs "^State:.[^Z]" "/proc/$2/status"; do sleep 0.05; done' bash "$scratch/go" "$pid")
}

# Ends the program, also where a recorder that failed never released it.
drop_threads() {
    echo >&"$go"
    wait "$pid"
    exec {go}>&-
}
