#!/usr/bin/env bash
# put-into-readme.sh NAME TABLE: puts a table between the marks "<!-- NAME -->" and "<!-- /NAME -->" of README.md and README.zh-CN.md.
set -euo pipefail
top=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
name=$1 table=$2
for page in "$top/README.md" "$top/README.zh-CN.md"; do
    if ! grep -qxF "<!-- $name -->" "$page" || ! grep -qxF "<!-- /$name -->" "$page"; then
        echo "put-into-readme.sh: $page has no place for the table of $name" >&2
        exit 1
    fi
    awk -v name="$name" -v table="$table" '
        $0 == "<!-- /" name " -->" { inside = 0 }
        !inside { print }
        $0 == "<!-- " name " -->" { inside = 1; while ((getline line < table) > 0) print line }' "$page" > "$page.new"
    cat "$page.new" > "$page"
    rm "$page.new"
done
