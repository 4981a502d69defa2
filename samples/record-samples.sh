#!/usr/bin/env bash
# Records the sample traces anew, in the VM with a real kernel (see README.md beside this). They are kept in the
# repository so that everything but recording can be tried without any privilege.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=${here%/*}
if [ "${1:-}" != inside ]; then
    "$top/build.sh"
    mkdir -p "$here/output"
    g++ -O1 -fno-omit-frame-pointer -fno-optimize-sibling-calls -o "$here/output/words" "$here/words.cpp"
    out=$(mktemp -d)
    trap 'rm -rf "$out"' EXIT
    VM_OUT=$out "$top/tests/vm/run-in-vm" "$here/record-samples.sh" inside
    cp "$out"/*.dtt "$here/"
    exit
fi

# Inside the VM.
PATH=$top/artifacts:$here/output:$PATH
cd /vmout
diagnose-tools record --probe=vfs_read --output=vfs_read.dtt -- sh -c '
    words /usr/share/common-licenses/GPL-3 /usr/share/common-licenses/Apache-2.0
    sort /usr/share/common-licenses/GPL-2 > /dev/null
    gzip -c /usr/share/common-licenses/LGPL-3 > /dev/null
    dd if=/dev/zero of=/dev/null bs=1 count=150 status=none'
diagnose-tools record --probe=hrtimer_interrupt --output=hrtimer_interrupt.dtt -- sh -c '
    i=0; while [ $i -lt 400000 ]; do i=$((i + 1)); done & gzip -c /usr/bin/bash > /dev/null; wait'
diagnose-tools record --probe=tracepoint:raw_syscalls:sys_enter --output=syscalls.dtt -- sh -c '
    ls -l /usr/share/common-licenses > /dev/null
    words /usr/share/common-licenses/GPL-3 > /dev/null'
chmod 644 ./*.dtt
