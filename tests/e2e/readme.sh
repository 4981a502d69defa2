#!/usr/bin/env bash
# The two READMEs say the same: as many headings, list items and table rows, and the same examples but for their comments.
# shellcheck source=tests/tap.sh
. "$(dirname "$(readlink -f "$0")")/../tap.sh"
export LC_ALL=C.UTF-8
examples() { awk '/^```/ { inside = !inside; print; next } inside' "$1" | sed -E 's/( {2,}|^)# .*//'; }
shape() { awk '/^```/ { inside = !inside } !inside && match($0, /^(##|- |\||!\[)/) { print substr($0, 1, RLENGTH) }' "$1"; }
check "they have the same shape" diff <(shape "$top/README.md") <(shape "$top/README.zh-CN.md")
check "they have the same examples" diff <(examples "$top/README.md") <(examples "$top/README.zh-CN.md")
names() { grep -oE -- '--[a-z][a-z-]+=?|/(usr|var|run)/[a-z./-]+' "$1" | sort -u; }
check "they name the same options and files" diff <(names "$top/README.md") <(names "$top/README.zh-CN.md")
contains "the English one leads to the other" "](README.zh-CN.md)" "$(cat "$top/README.md")"
contains "and back" "](README.md)" "$(cat "$top/README.zh-CN.md")"
finish
