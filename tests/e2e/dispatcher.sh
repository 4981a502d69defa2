#!/usr/bin/env bash
# diagnose-tools itself: which program it starts, from where, and what it says when it starts none.
# shellcheck source=tests/tap.sh
. "$(dirname "$(readlink -f "$0")")/../tap.sh"

check "artifacts hold the two programs and the dispatcher" test -x "$tools" -a -x "${tools%/*}/diagnose-capture" -a -x "${tools%/*}/diagnose-analyze"
equal "artifacts hold nothing else but debug files and the package" "debug diagnose-analyze diagnose-capture diagnose-tools" \
    "$(cd "${tools%/*}" && GLOBIGNORE='*.deb' && echo *)"

# Stand-ins beside a copy show which one is started, and with what.
place=$scratch/some\ place
mkdir -p "$place" "$scratch/links/deep"
cp "$tools" "$place/diagnose-tools"
for name in capture analyze; do
    printf '#!/bin/sh\nprintf "%s" %s; printf "|%%s" "$@"; exit 7\n' "$name" "" > "$place/diagnose-$name"
    chmod +x "$place/diagnose-$name"
done
starts() { # NAME EXPECTED COMMAND...
    local said
    said=$("${@:3}" 2>&1)
    equal "$1" "7 $2" "$? $said"
}
starts "record is the sampler's" "capture|record|--probe=vfs read|--|a b||" "$place/diagnose-tools" record "--probe=vfs read" -- "a b" "" ""
starts "kprobe is the sampler's" "capture|kprobe|--deactivate|-activate=probe=a cpu=0|--settings" \
    "$place/diagnose-tools" kprobe --deactivate "-activate=probe=a cpu=0" --settings
for command in import report flame summary top info; do starts "$command is the analyzer's" "analyze|$command|x" "$place/diagnose-tools" "$command" x; done
ln -s ../../some\ place/diagnose-tools "$scratch/links/deep/tools"
ln -s deep/tools "$scratch/links/tools"
starts "found through a symlink to a symlink" "analyze|info" "$scratch/links/tools" info
starts "found in PATH" "analyze|info" env PATH="$place:$PATH" diagnose-tools info
starts "found in the current folder" "analyze|info" bash -c 'cd "$1" && sh diagnose-tools info' bash "$place"

said=$("$tools" --help 2> "$scratch/stderr"); equal "--help gives status 0" 0 $?
contains "--help names the commands" "  record " "$said"
equal "--help leaves standard error empty" "" "$(cat "$scratch/stderr")"
equal "help says the same" "$said" "$("$tools" help)"
for command in kprobe install uninstall; do contains "--help names $command" "$command" "$said"; done
# What loaded and removed a kernel module: there is none, and scripts go on.
for command in install uninstall; do
    said=$("$tools" "$command" 2> "$scratch/stderr"); equal "$command gives status 0" 0 $?
    contains "$command says that there is no kernel module" "no kernel module" "$said"
    contains "$command says what to do instead" "diagnose-tools kprobe --" "$said"
    equal "$command ends as documented for the module" "${command}ed successfully" "$(tail -n 1 <<< "$said")"
    equal "$command leaves standard error empty" "" "$(cat "$scratch/stderr")"
done
said=$("$tools" --version); equal "--version gives status 0" 0 $?
equal "--version is the project's" "diagnose-tools $(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' "$top/Directory.Build.props")" "$said"
said=$("$tools" 2> "$scratch/stderr"); equal "no command gives status 2" 2 $?
equal "no command leaves standard output empty" "" "$said"
contains "no command shows usage on standard error" "usage: " "$(cat "$scratch/stderr")"
said=$("$tools" recrod 2> "$scratch/stderr"); equal "an unknown command gives status 2" 2 $?
contains "an unknown command is named" "unknown command: recrod" "$(cat "$scratch/stderr")"
rm "$place/diagnose-capture"
said=$("$place/diagnose-tools" record 2>&1); equal "a missing program gives status 1" 1 $?
contains "a missing program is named" "diagnose-capture is missing" "$said"
finish
