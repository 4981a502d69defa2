#!/usr/bin/env bash
# run.sh [unit|e2e|vm [NAME]]
# Builds, then runs every test, or one kind of them, or those of a kind whose name contains NAME:
#   unit   the three test projects; Analyze.Tests opens graphs in Chromium and leaves pictures in tests/output/browser
#   e2e    tests/e2e/*.sh on this machine, with the built programs
#   vm     tests/vm/*.test.sh under Debian's kernel in QEMU (see tests/vm/run-in-vm), all in one boot
# Shows failures, skipped tests and a line for each part; whole logs are in tests/output. The last line is
# "N passed, N failed, N skipped"; the status is 0 only if nothing failed and at least one test ran.
set -euo pipefail
tests=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
top=$(dirname "$tests")
cd "$top"
exec </dev/null
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1 LC_ALL=C.UTF-8

kind=${1:-all} wanted=${2:-}
case $kind in all | unit | e2e | vm) ;; *) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2; exit 2 ;; esac

output=$tests/output
rm -rf "$output"
mkdir -p "$output"
passed=0 failed=0 skipped=0

add() { passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3)); }
summary() { printf '%s: %d passed, %d failed, %d skipped\n' "$@"; }
fail() { add 0 1 0; echo "not ok - $1"; }

# Adds up one log of a script of test results; STATUS is the script's, or words for why it has none.
count_script() {
    local name=$1 log=$2 status=$3 good bad missed last broken=
    good=$(grep -c '^ok - ' "$log" || true)
    bad=$(grep -c '^not ok - ' "$log" || true)
    missed=$(grep -c '^skip - ' "$log" || true)
    grep -E '^(not ok|skip) - ' "$log" || true
    last=$(tail -n 1 "$log")
    if [ "$status" = 124 ] || [ "$status" = 137 ]; then broken="was stopped: it took too long"
    elif [ "$status" != 0 ]; then broken="ended with status $status"
    elif [ "$last" != "done $((good + bad + missed))" ]; then broken="did not end with 'done $((good + bad + missed))', but with: $last"
    elif [ $((good + bad + missed)) = 0 ]; then broken="has no results"
    fi
    if [ -n "$broken" ]; then
        bad=$((bad + 1))
        echo "not ok - $name: the script $broken"
        tail -n 15 "$log" | sed 's/^/    | /'
    fi
    add "$good" "$bad" "$missed"
    summary "$name" "$good" "$bad" "$missed"
}

unit_project() {
    local project=$1 log=$output/$1.log status=0 line total errors bad missed rest
    if ! dotnet build "tests/$project" -c Release -v minimal > "$output/$project.build.log" 2>&1; then
        cat "$output/$project.build.log"
        fail "$project: does not build"
        return
    fi
    timeout -k 10 1200 dotnet "tests/$project/bin/Release/net10.0/$project.dll" -noColor -noLogo -noAutoReporters \
        > "$log" 2>&1 || status=$?
    line=$(sed -n 's/.* Total: \([0-9]*\), Errors: \([0-9]*\), Failed: \([0-9]*\), Skipped: \([0-9]*\), Not Run: \([0-9]*\),.*/\1 \2 \3 \4 \5/p' "$log" | tail -n 1)
    read -r total errors bad missed rest <<< "${line:-0 1 0 0 0}"
    # Each failed or skipped test with what it says, without the runner's own lines.
    awk '/^    [^ ].* \[(FAIL|SKIP)\]$/ { show = 1; print; next } /^ ? ?[^ ]|^    [^ ]/ { show = 0 } show' "$log"
    if [ -z "$line" ]; then
        grep -v '^ *at ' "$log" | tail -n 15 | sed 's/^/    | /'
        echo "not ok - $project: the test process ended with status $status and no summary"
    elif [ "$total" = 0 ]; then
        errors=$((errors + 1))
        echo "not ok - $project: it has no tests"
    elif [ "$status" != 0 ] && [ $((errors + bad)) = 0 ]; then
        errors=1
        echo "not ok - $project: no test failed, but the process ended with status $status"
    fi
    local good=$((total - bad - missed - rest))
    if [ "$rest" != 0 ]; then missed=$((missed + rest)); fi
    if [ "$good" -lt 0 ]; then good=0; fi
    add "$good" $((errors + bad)) "$missed"
    summary "$project" "$good" $((errors + bad)) "$missed"
}

unit() {
    local project found=
    for project in Formats.Tests Capture.Tests Analyze.Tests; do
        [[ $project == *"$wanted"* ]] || continue
        found=1
        if [ "$project" = Analyze.Tests ]; then provide chromium:chromium,fonts-dejavu-core; fi
        unit_project "$project"
    done
    [ -n "$found" ] || nothing_named
}

nothing_named() { if [ "$kind" != all ]; then fail "no $kind test is named '$wanted'"; fi; }

# Fills `scripts` with the wanted ones of those that fit; one that cannot be executed is a mistake, not a choice.
find_scripts() {
    local script
    scripts=()
    for script; do
        if [ ! -e "$script" ] || [[ $(basename "$script") != *"$wanted"* ]]; then continue; fi
        if [ -x "$script" ]; then scripts+=("$script"); else fail "$script: is not executable"; fi
    done
    if [ ${#scripts[@]} = 0 ]; then nothing_named; return 1; fi
}

# provide COMMAND:PACKAGE[,PACKAGE]...: what tests compare with or run, where it is missing; the guest has no network, so it comes from
# here. They skip without it, and say so.
provide() {
    local need packages=()
    for need; do command -v "${need%%:*}" > /dev/null || packages+=("${need#*:}"); done
    if [ ${#packages[@]} = 0 ] || [ "$(id -u)" != 0 ] || ! command -v apt-get > /dev/null; then return 0; fi
    IFS=, read -r -a packages <<< "$(IFS=,; echo "${packages[*]}")"
    { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
        -o DPkg::Lock::Timeout=300 "${packages[@]}"; } >> "$output/install.log" 2>&1 || true
}

stacks=(gdb:gdb python3:python3 perl:perl git:git g++:g++ objcopy:binutils)

e2e() {
    local script name
    find_scripts "$tests"/e2e/*.sh || return 0
    for script in "${scripts[@]}"; do
        case $(basename "$script") in
            import.sh | bench.sh) provide perf:linux-perf ;;
            stacks.sh) provide perf:linux-perf "${stacks[@]}" ;;
            looking.sh) provide python3:python3 ;;
        esac
    done
    mkdir -p "$output/e2e"
    "$tests/run-scripts" "$output/e2e" "${scripts[@]}"
    for script in "${scripts[@]}"; do
        name=$(basename "$script")
        count_script "$name" "$output/e2e/$name.log" "$(cat "$output/e2e/$name.status")"
    done
}

vm() {
    local script name status why rest again=
    find_scripts "$tests"/vm/*.test.sh || return 0
    provide perf:linux-perf "${stacks[@]}"
    mkdir -p "$output/vm"
    # What takes the guest minutes, this machine builds in seconds.
    if command -v dotnet > /dev/null; then
        rest=$(mktemp -d)
        cp -r "$tests/programs/managed" "$rest/source"
        dotnet build "$rest/source" -c Release -v quiet -o "$output/managed" > "$output/managed.build.log" 2>&1 || true
        rm -rf "$rest"
    fi
    # One boot for all, unless a script takes the kernel down with it: the rest then get another.
    while [ ${#scripts[@]} -gt 0 ]; do
        status=0
        VM_OUT=$output/vm VM_TIMEOUT=${VM_TIMEOUT:-2400} VM_PASS="SCRIPT_TIMEOUT ${VM_PASS:-}" \
            "$tests/vm/run-in-vm" "$tests/run-scripts" /vmout "${scripts[@]}" > "$output/vm/run-in-vm.log" 2>&1 || status=$?
        if [ "$status" = 77 ]; then
            why=$(tail -n 1 "$output/vm/run-in-vm.log")
            for script in "${scripts[@]}"; do
                echo "skip - $(basename "$script"): $why"
                add 0 0 1
            done
            return
        fi
        rest=()
        for script in "${scripts[@]}"; do
            name=$(basename "$script")
            if [ -s "$output/vm/$name.status" ]; then
                count_script "$name" "$output/vm/$name.log" "$(cat "$output/vm/$name.status")"
            elif [ ${#rest[@]} -gt 0 ]; then
                rest+=("$script")
            elif [ "$status" = 125 ] && [[ $again != *" $name "* ]]; then
                # An emulated CPU that runs code while another rewrites it (as kprobes do) now and then stops the guest's
                # kernel. No program of ours can be excused by that twice.
                again+=" $name "
                echo "note - $name: the guest's kernel stopped under it; it runs once more in a new guest"
                tail -n 45 "$output/vm/run-in-vm.log" | sed 's/^/    | /'
                rest+=("" "$script")
            else
                # The first without a status is the one that ran when the guest ended.
                touch "$output/vm/$name.log"
                tail -n 45 "$output/vm/run-in-vm.log" | sed 's/^/    | /'
                count_script "$name" "$output/vm/$name.log" "$status: the guest ended under it"
                rest+=("")
            fi
        done
        scripts=("${rest[@]:1}")
    done
}

run() { if [ "$kind" = all ] || [ "$kind" = "$1" ]; then "$1"; fi; }

run unit
if [ "$kind" != unit ]; then
    # Without a build there would be nothing to test, or worse, an old one.
    deb=()
    if command -v dpkg-deb > /dev/null; then deb=(--deb); fi
    if ./build.sh "${deb[@]}" > "$output/build.log" 2>&1; then
        run e2e
        run vm
    else
        cat "$output/build.log"
        fail "build.sh failed: the end-to-end and VM tests did not run"
    fi
fi

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
