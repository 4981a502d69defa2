# shellcheck shell=bash disable=SC2154 # the variables are those of compare.sh, which sources this
# A trace of 100 million hits made by the generator, on one core and on two, and the stage of folding by itself.

large_trace() {
    local generate=$here/Generate/bin/Release/net10.0/Generate.dll
    say "100 million hits"
    export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1
    dotnet build "$here/Generate" -c Release -v quiet > "$work/build.out" || die "cannot build the generator: $(cat "$work/build.out")"
    dotnet "$generate" --hits 100000000 -o "$work/large.dtt" > /dev/null
    dotnet "$generate" --hits 25000000 -o "$work/quarter.dtt" > /dev/null
    cat "$work/large.dtt" "$work/quarter.dtt" > /dev/null
    # Two cores at least; the same work on one of them.
    local round
    for ((round = 1; round <= 3 * rounds; round++)); do
        timed large.one taskset -c 0 "$tools" flame --input="$work/large.dtt" --output="$work/large.svg"
        timed large.quarter taskset -c 0 "$tools" flame --input="$work/quarter.dtt" --output="$work/large.svg"
        timed large.pair sh -c "taskset -c 0 '$tools' flame --input='$work/large.dtt' --output='$work/large.svg' &
            taskset -c 1 '$tools' flame --input='$work/large.dtt' --output='$work/other.svg'; wait"
        timed large.two taskset -c 0,1 "$tools" flame --input="$work/large.dtt" --output="$work/large.svg"
    done
    rm -f "$work/large.dtt" "$work/quarter.dtt"
    say "the stage of folding"
    "$here/run.sh" Folding.OneCore > "$work/folding.out" 2>&1 || say "bench/run.sh Folding failed: $(tail -n 5 "$work/folding.out")"
    local speed
    speed=$(awk -F'|' '/OneCore/ && /many stacks/ { for (i = 1; i <= NF; i++) if ($i ~ /M hits\/s/) { split($i, part, " "); print part[1] } }' "$work/folding.out")
    [ -z "$speed" ] || note folding "$speed"
}
