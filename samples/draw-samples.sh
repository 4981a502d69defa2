#!/usr/bin/env bash
# Draws the picture in the README anew: samples/vfs_read.dtt as a headless Chromium shows it (Debian package: chromium).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=${here%/*}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
[ -x "$top/artifacts/diagnose-tools" ] || "$top/build.sh"
"$top/artifacts/diagnose-tools" flame --input="$here/vfs_read.dtt" --output="$out/vfs_read.html" --title='vfs_read: who reads, and from where'
chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update \
    --disable-sync --hide-scrollbars --user-data-dir="$out/profile" --window-size=1200,730 --screenshot="$here/vfs_read.png" \
    "file://$out/vfs_read.html" > /dev/null 2>&1
