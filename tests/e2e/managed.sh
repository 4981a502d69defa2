#!/usr/bin/env bash
# Code that runtimes make: .NET, Node, Java and a small compiler of our own, recorded on this machine with tracepoints.
# shellcheck source=tests/tap.sh
. "$(dirname "$(readlink -f "$0")")/../tap.sh"
# shellcheck source=tests/vm/reports.sh
. "$top/tests/vm/reports.sh"
[ -e /sys/kernel/tracing/events ] || mount -t tracefs tracefs /sys/kernel/tracing 2> /dev/null
if [ "$(id -u)" != 0 ] || [ ! -e /sys/kernel/tracing/events/syscalls/sys_enter_pread64 ]; then
    skip "managed code" "this takes root, and a kernel with tracepoints of system calls"
    finish
fi
trap 'kill $(jobs -p) 2> /dev/null; rm -rf "$scratch"' EXIT
pread=tracepoint:syscalls:sys_enter_pread64

# folded [FRAME]: the folded stacks of the last recording, those with FRAME in them.
folded() { "$tools" flame --input="$scratch/trace.dtt" --format=folded --output="$scratch/folded" 2>> "$scratch/said" && grep -F -- "${1:-}" "$scratch/folded"; }
# A perf map that a process has open to write to.
maps_open() { find "/proc/$1/fd" -lname '*perf-*.map*' 2> /dev/null | wc -l; }

program jit
recorded "code that changes at its place is recorded" --probe=tracepoint:syscalls:sys_enter_read -- "$scratch/jit" 50 - one two three one
equal "each hit has the name that the code had when it was hit" "50 one 50 two 50 three 50 one" \
    "$(stacks "$scratch/report" '~' jit | sed 's/;.*//' | grep -E '^(one|two|three)$' | uniq -c | tr -s ' \n' ' ' | sed 's/^ //; s/ $//')"

dotnet_tests() {
    export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1
    cp -r "$top/tests/programs/managed" "$scratch/source"
    if ! dotnet build "$scratch/source" -c Release -v quiet -o "$scratch/managed" > "$scratch/build" 2>&1; then
        not_ok "a .NET program builds" "$(tail -n 3 "$scratch/build")"
        return
    fi
    # Not optimized: small methods then have no frame of their own, and hide who called them.
    DOTNET_TC_CallCounting=0 dotnet "$scratch/managed/managed.dll" 120 & app=$!
    until grep -qs libcoreclr "/proc/$app/maps"; do sleep 0.05; done
    sleep 1

    recorded "a .NET process is left alone when that is asked for" --no-dotnet --probe=$pread --tgid=$app --duration=0.5
    equal "then it writes no perf map" "" "$(ls "/tmp/perf-$app.map" 2> /dev/null)"
    equal "and its own methods have no names" 0 "$(folded | grep -c 'Reader')"
    contains "which is said" "has no perf map" "$(cat "$scratch/said")"
    contains "methods compiled ahead of time are named all the same" ";System.Threading.PortableThreadPool.WorkerThread.WorkerThreadStart;" "$(folded)"

    recorded "a .NET process is recorded" --probe=$pread --tgid=$app --duration=1
    equal "nothing went wrong with it" 1 "$(wc -l < "$scratch/said")"
    contains "a method is named" ";Reader.ReadFile;" "$(folded)"
    contains "a local function by the method that it was written in" ";Program.Main;Program.Main.Local;Reader.ReadFile;" "$(folded)"
    contains "and so are a lambda, and a generic type" ";Program.Main;Box<__Canon,int>.Call;Program.Main.lambda_0;Reader.ReadFile;" "$(folded)"
    contains "and an async method" ";Reader.Later;Reader.ReadFile;" "$(folded)"
    equal "every hit has them" "$("$tools" info "$scratch/trace.dtt" | sed -n 's/^hits  *\([0-9]*\).*/\1/p')" \
        "$(folded Reader.ReadFile | awk '{ n += $NF } END { print n + 0 }')"
    equal "no tier stands in a name" 0 "$(grep -c 'Tier\|Jitted\|PreJIT' "$scratch/report")"
    equal "all of its own code is named" 0 "$("$tools" info "$scratch/trace.dtt" | awk '/doublemapper|\.dll$/ { n += $2 } END { print n + 0 }')"
    equal "its perf map is gone again" "" "$(ls "/tmp/perf-$app.map" 2> /dev/null)"
    equal "and off" "0 running" "$(maps_open $app) $(kill -0 $app && echo running)"

    # Kernel under native under managed under native code: the worker thread sleeps.
    recorded "a .NET process that sleeps is recorded" --probe=tracepoint:sched:sched_switch --tgid=$app --duration=1
    whole=$(awk '
        /^KPROBE/ { kernel = native = managed = outer = 0; next }
        /^#@/ { kernel = 1; next }
        /^#~/ && / (System\.|Program\.|Reader\.|Box<)/ { if (native) managed = 1; next }
        /^#~/ { if (managed) outer = 1; else if (kernel) native = 1; next }
        /^#\*/ && kernel && native && managed && outer { print "whole"; exit }' "$scratch/report")
    equal "a stack goes from native over managed and native code into the kernel" whole "$whole"
    contains "and is whole" "100.0 % reach their thread's first function" "$("$tools" info "$scratch/trace.dtt")"
    contains "down to what was called" "System.Threading.Thread.Sleep" "$(cat "$scratch/report")"

    # Somebody who turned the map on himself finds it on when we have gone.
    DOTNET_PerfMapEnabled=3 dotnet "$scratch/managed/managed.dll" 120 & own=$!
    until [ -s "/tmp/perf-$own.map" ]; do sleep 0.05; done
    sleep 0.5
    recorded "a process that writes a perf map anyway is recorded" --probe=$pread --tgid=$own --duration=0.5
    contains "and named by it" ";Reader.ReadFile;" "$(folded)"
    equal "which it writes on" 1 "$(maps_open $own)"
    kill $own
    equal "and has" "/tmp/perf-$own.map" "$(ls "/tmp/perf-$own.map")"
    rm -f "/tmp/perf-$own.map"

    # One that answers nothing: the recording is not held up, and says so.
    kill -STOP $app
    began=$(date +%s%N)
    "$tools" record --probe=$pread --tgid=$app --duration=0.5 --output="$scratch/trace.dtt" > "$scratch/said" 2>&1
    between "a process that is stopped holds nothing up (ms)" 400 4000 $((($(date +%s%N) - began) / 1000000))
    kill -CONT $app
    sleep 0.5
    equal "and is asked for nothing" 0 "$(maps_open $app)"

    DOTNET_EnableDiagnostics=0 dotnet "$scratch/managed/managed.dll" 120 & deaf=$!
    sleep 1
    recorded "a process that listens to no tools is recorded" --probe=$pread --tgid=$deaf --duration=6
    contains "and that is said" "process $deaf: it runs .NET, but its perf map cannot be turned on: it listens to no tools" "$(cat "$scratch/said")"
    kill $deaf $app

    # A container: mounts, processes and a temp folder of its own.
    cat > "$scratch/contained" << 'END'
mount -t tmpfs none /tmp && mkdir /tmp/own && mount -t proc none /proc || exit 1
export TMPDIR=/tmp/own
exec dotnet "$1/managed.dll" 120
END
    mkdir -p /var/tmp/managed-$$ && cp -r "$scratch/managed/." /var/tmp/managed-$$
    unshare --mount --pid --fork --propagation=private bash "$scratch/contained" /var/tmp/managed-$$ & outside=$!
    inside=
    until [ -n "$inside" ]; do sleep 0.1; inside=$(pgrep -P $outside -x dotnet); done
    until grep -qs libcoreclr "/proc/$inside/maps"; do sleep 0.05; done
    sleep 1
    equal "it is process 1 where it is" 1 "$(awk '/^NSpid/ { print $NF }' "/proc/$inside/status")"
    recorded "a .NET process in a container is recorded" --probe=$pread --comm=dotnet --duration=1
    contains "its methods are named" ";Reader.ReadFile;" "$(folded)"
    contains "and its native code by its own files" ";Reader.ReadFile;SystemNative_PRead;" "$(folded)"
    # Others on this machine may have the same name.
    seen=$(hit_threads "$scratch/report" | cut -d ' ' -f 1 | sort -u | while read -r thread; do awk '/^Tgid/ { print $2 }' "/proc/$thread/status" 2> /dev/null; done)
    contains "it is shown by the host's ids" " $inside " " $(tr '\n' ' ' <<< "$seen")"
    contains "and its own id is in the trace" "\"pid\":$inside,\"comm\":\"dotnet\",\"inner_pid\":1}" "$("$tools" report --json --tgid="$inside" "$scratch/trace.dtt" | head -n 1)"
    contains "with what the runtime says of its methods" "Reader::ReadFile(" "$("$tools" report --json --tgid="$inside" "$scratch/trace.dtt" | grep -m 1 -o '"detail":"[^"]*Reader::ReadFile([^"]*\[[A-Za-z0-9]*\]"')"
    equal "its perf map is off and gone again, too" "0 0" "$(maps_open "$inside") $(find "/proc/$inside/root/tmp/" -name 'perf-*' | wc -l)"
    kill "$inside"
    rm -rf "/var/tmp/managed-$$"
}
if command -v dotnet > /dev/null && [ -n "$(dotnet --list-sdks 2> /dev/null)" ]; then dotnet_tests
else skip ".NET" "there is no .NET SDK"; fi

if command -v node > /dev/null; then
    cat > "$scratch/reader.js" << 'END'
const fs = require('fs');
const fd = fs.openSync('/etc/passwd'), buffer = Buffer.alloc(64), end = Date.now() + 2500;
function readAgain() { return fs.readSync(fd, buffer, 0, 64, 0); }
while (Date.now() < end) { for (let i = 0; i < 50; i++) readAgain(); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2); }
END
    # shellcheck disable=SC2016
    recorded "a Node program is recorded" --probe=$pread -- sh -c 'cd "$1"; shift; node "$@" & wait $!; rm -f "/tmp/perf-$!.map"' sh "$scratch" --perf-basic-prof --interpreted-frames-native-stack "$scratch/reader.js"
    contains "and named by its perf map, as V8 writes it" "readAgain $scratch/reader.js:3:" "$(folded)"
else
    skip "Node" "there is no node"
fi

if command -v javac > /dev/null && command -v jcmd > /dev/null; then
    cat > "$scratch/Reads.java" << 'END'
import java.io.*;
class Reads {
    static int readAgain(RandomAccessFile file, byte[] buffer) throws IOException { file.seek(0); return file.read(buffer); }
    public static void main(String[] args) throws Exception {
        byte[] buffer = new byte[64];
        try (RandomAccessFile file = new RandomAccessFile("/etc/passwd", "r")) {
            for (long end = System.currentTimeMillis() + 60000; System.currentTimeMillis() < end; Thread.sleep(1))
                for (int i = 0; i < 200; i++) readAgain(file, buffer);
        }
    }
}
END
    if javac -d "$scratch" "$scratch/Reads.java" 2> "$scratch/said"; then
        java -Xbatch -XX:+PreserveFramePointer -XX:CompileCommand=quiet -XX:CompileCommand=dontinline,Reads::readAgain -cp "$scratch" Reads & java=$!
        sleep 2
        jcmd $java Compiler.perfmap > /dev/null
        recorded "a Java program is recorded" --probe=tracepoint:syscalls:sys_enter_read --tgid=$java --duration=1
        contains "and named by its perf map, as the JVM writes it" ";int Reads.readAgain(java.io.RandomAccessFile, byte[]);" "$(folded)"
        kill $java
        rm -f "/tmp/perf-$java.map"
    else
        not_ok "a Java program compiles" "$(cat "$scratch/said")"
    fi
else
    skip "Java" "there is no JDK"
fi
finish
