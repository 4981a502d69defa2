#!/usr/bin/env bash
# Makes mini.gz: a stripped program whose symbols are left in .gnu_debugdata, as Fedora's and RHEL's builds leave them.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat > "$work/mini.c" <<'C'
static __attribute__((noinline)) int hidden(int a) { return a * 3 + 1; }
__attribute__((visibility("default"))) int exported(int a) { return hidden(a) + hidden(a + 1); }
C
gcc -O1 -shared -fPIC -nostdlib -Wl,--build-id=sha1 -o "$work/mini" "$work/mini.c"
objcopy --only-keep-debug "$work/mini" "$work/debug"
echo hidden > "$work/kept"
objcopy -S --remove-section .comment --keep-symbols="$work/kept" "$work/debug" "$work/minidebug"
xz -9 --check=crc64 "$work/minidebug"
strip "$work/mini"
objcopy --add-section .gnu_debugdata="$work/minidebug.xz" "$work/mini"
gzip -9 -n -c "$work/mini" > mini.gz
nm "$work/mini" 2>&1 || true
