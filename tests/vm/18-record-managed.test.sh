#!/usr/bin/env bash
# A .NET process under a kprobe, on the machine and in a container.
# shellcheck source=tests/tap.sh
. "$(dirname "$(readlink -f "$0")")/../tap.sh"
# shellcheck source=tests/vm/reports.sh
. "$top/tests/vm/reports.sh"
if ! command -v dotnet > /dev/null || [ -z "$(dotnet --list-sdks 2> /dev/null)" ]; then
    skip "a .NET process under a kprobe" "there is no .NET SDK"
    finish
fi
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1 DOTNET_TC_CallCounting=0
# Emulated, the compiler takes minutes: run.sh builds the program before.
built=$top/tests/output/managed
if [ ! -s "$built/managed.dll" ]; then
    cp -r "$top/tests/programs/managed" "$scratch/source"
    dotnet build "$scratch/source" -c Release -v quiet -o "$scratch/managed" > "$scratch/build" 2>&1 || {
        not_ok "a .NET program builds" "$(tail -n 3 "$scratch/build")"
        finish
    }
    built=$scratch/managed
fi

# started PID: waits until it has its runtime, and has read files for a while.
started() { until grep -qs libcoreclr "/proc/$1/maps"; do sleep 0.1; done; sleep 4; }

dotnet "$built/managed.dll" 300 & app=$!
started $app
recorded "a .NET process is recorded by a kprobe" --probe=vfs_read --tgid=$app --duration=4
stack=$(stacks "$scratch/report" '~' '.NET TP Worker' | grep -F 'Reader.ReadFile' | sed -n 1p)
contains "its stack goes from native code up" "SystemNative_" "${stack%%;Reader.ReadFile*}"
contains "into the program's own methods" ";Reader.ReadFile;" "$stack"
contains "and those compiled ahead of time" ";System.Threading.Thread.StartCallback;UNKNOWN;" "$stack"
equal "under the kernel's" vfs_read "$(stacks "$scratch/report" '@' '.NET TP Worker' | sed 's/;.*//' | sort -u)"
contains "and is whole" "100.0 % reach their thread's first function" "$("$tools" info "$scratch/trace.dtt")"
kill $app

cat > "$scratch/contained" << 'END'
mount -t tmpfs none /tmp && mkdir /tmp/own && mount -t proc none /proc || exit 1
export TMPDIR=/tmp/own
exec dotnet "$1/managed.dll" 300
END
mkdir -p /var/tmp/managed && cp -r "$built/." /var/tmp/managed
unshare --mount --pid --fork --propagation=private bash "$scratch/contained" /var/tmp/managed & outside=$!
inside=
until [ -n "$inside" ]; do sleep 0.2; inside=$(pgrep -P $outside -x dotnet); done
started "$inside"
recorded "and one in a container by another" --probe=vfs_read --comm=dotnet --duration=4
contains "is named as well" ";Reader.ReadFile;" "$(stacks "$scratch/report" '~' '.NET TP Worker' | grep -F 'Reader.ReadFile' | sed -n 1p)"
kill "$inside"
finish
