# shellcheck shell=bash disable=SC2154 # the variables are those of compare.sh, which sources this
# The table, in Markdown.

# against WHAT THEIRS OURS UNIT AIM: one row for a ratio, theirs through ours; AIM is the least that it should be.
against() {
    local what=$1 theirs=$2 ours=$3 unit=$4 aim=$5 ratio
    if [ -e "$work/${workload:-none}.differs" ]; then
        echo "| $what | | | no ratio: the two sides saw different hits | ≥ $aim× | **no** |"
        return
    fi
    if [ -z "$theirs" ] || [ -z "$ours" ]; then
        echo "| $what | | | not measured | ≥ $aim× | **no** |"
        return
    fi
    ratio=$(calculate "$theirs / $ours")
    echo "| $what | $(shown "$theirs") $unit | $(shown "$ours") $unit | $(shown "$ratio")× | ≥ $aim× | $(verdict "$ratio" '>=' "$aim") |"
}

# beside_it WHAT THEIRS OURS UNIT: a ratio that has no target, because a reader will ask for it.
beside_it() {
    [ ! -e "$work/${workload:-none}.differs" ] || return 0
    echo "| $1 | $(shown "$2") $4 | $(shown "$3") $4 | $(shown "$(calculate "$2 / $3")")× | | |"
}

# alone WHAT OURS UNIT RELATION AIM: one row for a figure of ours that is bounded by itself; THEIRS is only shown.
alone() {
    local what=$1 theirs=$2 ours=$3 unit=$4 relation=$5 aim=$6
    [ -n "$ours" ] || { echo "| $what | | not measured | | | **no** |"; return; }
    echo "| $what | ${theirs:+$(shown "$theirs") $unit} | $(shown "$ours") $unit | | ${relation/>=/≥} $aim $unit | $(verdict "$ours" "$relation" "$aim") |" |
        sed 's/<=/≤/'
}

verdict() { [ "$(calculate "($1 $2 $3) ? 1 : 0")" = 1 ] && echo met || echo '**no**'; }

# Three digits that count, as a person reads them.
shown() { awk -v value="$1" 'BEGIN { if (value >= 100) printf "%.0f", value; else if (value >= 10) printf "%.1f", value; else if (value >= 1) printf "%.2f", value; else printf "%.3g", value }'; }

# What else ran on the machine was recorded, too.
bytes_per_hit() { calculate "$(stat -c %s "$1") / $(recorded_in "$1")"; }

recorded_in() {
    case $1 in
        *.dtt) sed -nE 's/.*: ([0-9]+) hits,.*/\1/p' "${1%.dtt}.said" ;;
        *) perf report --stats -i "$1" 2> /dev/null | awk '/SAMPLE events/ { print $3; exit }' ;;
    esac
}

print_table() {
    echo "| what | perf | diagnose-tools | ratio | target | |"
    echo "| --- | ---: | ---: | ---: | ---: | --- |"
    local workload figure
    for workload in $workloads; do
        figure=$workload
        echo "| **$(described)** | | | | | |"
        if [ -n "$flamegraph" ]; then
            against "trace → flame graph SVG, against \`perf script \\| stackcollapse-perf.pl \\| flamegraph.pl\`" \
                "$(median "$figure.flamegraph")" "$(median "$figure.ours.svg")" s 500
        else
            against "trace → flame graph SVG, against \`perf script\` alone, the first of the three programs of the FlameGraph pipeline" \
                "$(median "$figure.perf.script")" "$(median "$figure.ours.svg")" s 500
        fi
        against "trace → flame graph SVG, against \`perf report --stdio -g\`" "$(median "$figure.perf.report")" "$(median "$figure.ours.svg")" s 25
        against "trace → text report, against \`perf script\`" "$(median "$figure.perf.script")" "$(median "$figure.ours.report")" s 10
        against "perf.data → flame graph SVG, against \`perf report --stdio -g\`" "$(median "$figure.perf.report")" "$(median "$figure.ours.data.svg")" s 5
        beside_it "the same, against \`perf report --stdio -g --no-children\`, which does less" "$(median "$figure.perf.callers")" "$(median "$figure.ours.data.svg")" s
        alone "bytes of trace per hit" "$(bytes_per_hit "$work/$workload.data")" "$(bytes_per_hit "$work/$workload.dtt")" B '<=' 2.5
        against "bytes per hit, against \`perf record -z\`" "$(bytes_per_hit "$work/$workload.z.data")" "$(bytes_per_hit "$work/$workload.dtt")" B 5
        against "recorder's processor time per hit" "$(per_hit perf data)" "$(per_hit ours dtt)" µs 2
        beside_it "the same, against \`perf record -z\`" "$(per_hit perf-z z.data)" "$(per_hit ours dtt)" µs
        alone "recorder's peak memory" "$(median "$figure.perf" 3)" "$(median "$figure.ours" 3)" MB '<=' 48
        alone "hits lost with 8 MiB of ring per CPU" "" "$(lost)" hits '<=' 0
        echo "| the workload's own time while recorded ($(shown "$(median "$figure.alone")") s alone) | $(shown "$(median "$figure.perf.workload")") s | $(shown "$(median "$figure.ours.workload")") s | | | |"
        with_bpftrace
    done
    workload=
    echo "| **starting** | | | | | |"
    against "\`record\` from start to armed" "$(median perf.armed)" "$(median ours.armed)" s 2
    alone "\`diagnose-tools --help\`" "" "$(calculate "$(median ours.help) * 1000")" ms '<=' 10
    echo "| **a trace of 100 million hits, 10,000 stacks, 200 threads** | | | | | |"
    alone "decoding and folding, one core (BenchmarkDotNet)" "" "$(median folding)" "M hits/s" '>=' 100
    alone "→ flame graph SVG: memory, two cores" "" "$(median large.two 3)" MB '<=' 256
    alone "time against that of 25 million hits, for each hit" "" "$(calculate "$(median large.one) / $(median large.quarter) / 4")" "×" '<=' 1.1
    alone "two cores against one ($(shown "$(median large.one)") s → $(shown "$(median large.two)") s)" "" "$(calculate "$(median large.one) / $(median large.two)")" "×" '>=' 1.7
    echo "| the same of two processes that share nothing: what this machine's second core adds | | $(shown "$(calculate "2 * $(median large.one) / $(median large.pair)")") × | | | |"
    echo
    conditions
}

described() {
    local depth
    depth=$(awk '{ hits += $NF; frames += $NF * gsub(/;/, ";") + $NF } END { printf "%.0f", frames / hits }' "$work/$workload.folded.ours")
    echo "$workload: $hits hits, $(wc -l < "$work/$workload.folded.ours") stacks of $depth frames"
}

# per_hit SIDE SUFFIX: microseconds of the recorder for each hit in its file.
per_hit() { calculate "$(median "$workload.$1" 2) / $(recorded_in "$work/$workload.$2") * 1e6"; }

# Of all rounds the worst.
lost() { sed -nE 's/.* ([0-9]+) lost.*/\1/p' "$work/$workload.said.all" | sort -n | tail -n 1; }

# bpftrace keeps no hit, only a count for each stack, and names what still runs when it prints.
with_bpftrace() {
    local figure=$workload.bpftrace
    [ -s "$work/figures/$figure" ] || return 0
    echo "| against bpftrace, which counts stacks in the kernel: recorder's processor time per call of the workload | $(shown "$(calculate "$(median "$figure" 2) / $hits * 1e6")") µs | $(shown "$(calculate "$(median "$workload.ours" 2) / $hits * 1e6")") µs | | | |"
    echo "| the same: peak memory | $(shown "$(median "$figure" 3)") MB | $(shown "$(median "$workload.ours" 3)") MB | | | |"
    echo "| the same: hits with a stack of named user frames | $(bpftrace_named) % | $(our_named) % | | | |"
}

bpftrace_named() {
    awk -v all="$hits" '
        /^@\[/ { named = unnamed = 0; part = 0 }
        /^, ?$/ { part = 1 }
        part == 1 && /^ +0x/ { unnamed++ }
        part == 1 && /^ +[^0 ]/ { named++ }
        /^\]: / { if (named > 0 && unnamed == 0) good += $2 }
        END { printf "%.1f", 100 * good / all }' "$work/$workload.bpftrace"
}

our_named() { awk -v all="$hits" '!/UNKNOWN/ { good += $NF } END { printf "%.1f", 100 * good / all }' "$work/$workload.folded.ours"; }

conditions() {
    local cores
    cores=$(nproc)
    echo "Median of $rounds rounds$([ -z "$cold" ] || echo ", page cache dropped before each command"). $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $cores CPUs, Linux $(uname -r), $(perf --version), $("$tools" --version)$(! command -v bpftrace > /dev/null || echo ", $(bpftrace --version)")."
    echo "The workload is \`bench/compare/workload.c\`; both recorders watched the whole machine, and both had counted the same"
    echo "hits with the same stacks in its loop. Where perf.data held a hit twice ($(doubled)) it was counted once. Commands:"
    echo
    echo '```'
    echo "${perf_record[*]} [-z] -o FILE.data -- COMMAND"
    echo "diagnose-tools ${our_record[*]:1} --output=FILE.dtt -- COMMAND"
    echo "perf report --stdio -g -i FILE.data > /dev/null"
    echo "perf script -i FILE.data > /dev/null"
    echo "diagnose-tools flame --input=FILE.dtt --output=FILE.svg            # and --input=FILE.data"
    echo "diagnose-tools report FILE.dtt > /dev/null"
    echo '```'
}

doubled() {
    local workload said=''
    for workload in $workloads; do said="$said${said:+, }$(cat "$work/$workload.perf.doubled") of $hits in $workload"; done
    echo "$said"
}
