# shellcheck shell=bash disable=SC2154 # the variables are those of compare.sh, which sources this
# Recording. The workload runs beside the recorder and not below it, so that what the recorder took can be told from what
# the workload took: the recorder's own command only opens the gate and waits until the workload is through.

event=raw_syscalls:sys_enter
printf 'echo > %s/go\nread -r line < %s/done\n' "$work" "$work" > "$work/gate"
gate=(sh "$work/gate")
perf_record=(perf record -q -a -g -e "$event" --exclude-perf -c 1 -m 2048)
our_record=("$tools" record --probe=tracepoint:"$event" --ring-mb=8 --user-stack=fp)
bpftrace_program="tracepoint:$event /comm == \"workload\"/ { @[kstack, ustack] = count(); }"

# beside NAME COMMAND...: measures a recorder as NAME and the workload beside it as NAME.workload.
beside() {
    local name=$1 worker
    shift
    (
        read -r _ < "$work/go"
        code=0
        "$work/measure" "$work/workload.measured" "$work/workload" "$hits" "$workload" || code=$?
        echo > "$work/done"
        exit "$code"
    ) &
    worker=$!
    "$work/measure" "$work/measured" "$@" > "$work/recorder.out" 2>&1 || {
        kill "$worker" 2> /dev/null || true
        cat "$work/recorder.out" >&2
        die "this failed: $*"
    }
    wait "$worker" || die "the workload failed"
    cat "$work/measured" >> "$work/figures/$name"
    cat "$work/workload.measured" >> "$work/figures/$name.workload"
}

record_all() {
    "$work/measure" "$work/measured" "$work/workload" "$hits" "$workload"
    cat "$work/measured" >> "$work/figures/$workload.alone"
    beside "$workload.perf" "${perf_record[@]}" -o "$work/$workload.data" -- "${gate[@]}"
    # Written in full before the next recording starts: what waits for the disk would slow that down.
    sync
    beside "$workload.perf-z" "${perf_record[@]}" -z -o "$work/$workload.z.data" -- "${gate[@]}"
    sync
    beside "$workload.ours" "${our_record[@]}" --output="$work/$workload.dtt" -- "${gate[@]}"
    cp "$work/recorder.out" "$work/$workload.said"
    cat "$work/recorder.out" >> "$work/$workload.said.all"
    sync
    [ -n "$check_only" ] || ! command -v bpftrace > /dev/null || record_with_bpftrace
}

# It counts in the kernel and keeps no hit, so only its cost and what it could name are compared.
record_with_bpftrace() {
    beside "$workload.bpftrace" bpftrace -o "$work/$workload.bpftrace" -c "/bin/sh $work/gate" -e "$bpftrace_program"
}
