#!/usr/bin/env bash
# run.sh [--short] [FILTER]
# Builds and runs the benchmarks of the stages, or those whose name contains FILTER (Folding, Report, SvgDrawing.Draw, …).
# --short gives a quick look: few rounds, so that only large differences mean anything. The table is also written to
# bench/BenchmarkDotNet.Artifacts/results.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1

for argument in "$@"; do
    case $argument in
        --short | [!-]*) ;;
        *) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' run.sh >&2; exit 2 ;;
    esac
done
dotnet build Stages -c Release -v quiet >&2
exec dotnet Stages/bin/Release/net10.0/Stages.dll "$@"
