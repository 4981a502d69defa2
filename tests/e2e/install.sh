#!/usr/bin/env bash
# install.sh and what it brings, in a folder of its own: commands, man page, completions; and that all of it goes again.
# shellcheck source=tests/tap.sh
. "$(dirname "$(readlink -f "$0")")/../tap.sh"

root=$scratch/some\ root
install=("$top/install.sh" "--destdir=$root")
# What there is under a folder, but for the one place that differs between systems.
listing() { (cd "$1" && find . ! -type d | sed 's:zsh/\(site-functions\|vendor-completions\)/:zsh/…/:' | LC_ALL=C sort | tr '\n' ' '); }
lines() { tr ' ' '\n' <<< "$1" | grep . | LC_ALL=C sort; }
share="./usr/share/bash-completion/completions/diagnose-tools ./usr/share/diagnose-tools/installed \
./usr/share/doc/diagnose-tools/REPORT-JSON.md ./usr/share/doc/diagnose-tools/TRACE-FORMAT.md \
./usr/share/man/man8/diagnose-analyze.8.gz ./usr/share/man/man8/diagnose-capture.8.gz ./usr/share/man/man8/diagnose-tools.8.gz \
./usr/share/zsh/…/_diagnose-tools"
commands="./usr/bin/diagnose-analyze ./usr/bin/diagnose-capture ./usr/bin/diagnose-tools"
all="$commands ./usr/diagnose-tools/test.sh $share "

check "install.sh installs, under whatever umask" bash -c 'umask 077; "$@"' bash "${install[@]}"
equal "what it installs" "$all" "$(listing "$root")"
equal "folders are open to all" "" "$(find "$root" -mindepth 1 -type d ! -perm 755)"
equal "files are open to all" "" "$(find "$root" -type f ! -perm 755 ! -perm 644)"
equal "the installed command is this version" "$("$tools" --version)" "$("$root/usr/bin/diagnose-tools" --version)"
check "it finds its programs" "$root/usr/bin/diagnose-tools" info "$top/samples/vfs_read.dtt"
for program in diagnose-capture diagnose-analyze; do
    check "$program is the one that was built" cmp "$root/usr/bin/$program" "$top/artifacts/$program"
done

# A copy that runs stays whole while another takes its name.
exec {old}< "$root/usr/bin/diagnose-analyze"
before=$(stat -Lc %i "/dev/fd/$old")
touch "$root/usr/bin/foreign"
printf '%s\n' /usr/bin/older-command >> "$root/usr/share/diagnose-tools/installed"
touch "$root/usr/bin/older-command"
check "install.sh installs over itself" "${install[@]}"
equal "the file that was open is another now" yes "$([ "$before" != "$(stat -c %i "$root/usr/bin/diagnose-analyze")" ] && echo yes)"
check "and its bytes are unchanged" cmp "/dev/fd/$old" "$top/artifacts/diagnose-analyze"
exec {old}<&-
check "what only an earlier version had is gone" test ! -e "$root/usr/bin/older-command"
check "--uninstall removes it" "${install[@]}" --uninstall
equal "but not what others put there" "./usr/bin/foreign " "$(listing "$root")"
rm "$root/usr/bin/foreign"
check "install.sh installs again" "${install[@]}"
mkdir -p "$root/var/lib/diagnose-tools/spool" "$root/run/diagnose-tools"
"${install[@]}" --uninstall > "$scratch/said" 2>&1
equal "--uninstall succeeds where hits were recorded" 0 $?
contains "and says where they stay" "$root/var/lib/diagnose-tools" "$(cat "$scratch/said")"
check "--uninstall --purge removes the hits, too" "${install[@]}" --uninstall --purge
equal "nothing stays" "" "$(find "$root" -mindepth 1 -maxdepth 3 -path '*diagnose*')"
said=$("${install[@]}" --uninstall 2>&1); equal "--uninstall of nothing fails" 1 $?
contains "and says so" "nothing was installed here" "$said"

root=$scratch/other
install=("$top/install.sh" "--destdir=$root" --prefix=/opt/tools)
check "install.sh --prefix" "${install[@]}"
all=${all//.\/usr\/bin/./opt/tools/bin} all=${all//.\/usr\/share/./opt/tools/share}
equal "the prefix moves all but the test script" "$(lines "$all")" "$(lines "$(listing "$root")")"
check "--uninstall with that prefix" "${install[@]}" --uninstall
equal "leaves nothing, not even a folder" "" "$(find "$root" -mindepth 1)"
for wrong in --prefix=relative --destdir= --purge elsewhere; do
    "$top/install.sh" "$wrong" > "$scratch/said" 2>&1; equal "install.sh $wrong gives status 2" 2 $?
done

page=$top/packaging/diagnose-tools.8
if command -v man > /dev/null; then
    man --warnings -E UTF-8 -l -Tutf8 "$page" > "$scratch/page" 2> "$scratch/warnings"
    equal "the man page is rendered" 0 $?
    equal "without a warning" "" "$(cat "$scratch/warnings")"
    text=$(sed 's/.\x08//g' "$scratch/page")
    # What a program offers, the page explains.
    for command in record flame report summary top info; do
        while read -r option; do check "the man page explains $command $option" grep -qE -- "$option([^a-z-]|\$)" <<< "$text"; done \
            < <("$tools" "$command" --help | grep -oE '^ *(-[a-z?], )*--[a-z-]+' | grep -oE -- '--[a-z-]+' | grep -v -- --help)
    done
    for word in $("$tools" kprobe --help | sed -n 's/^ *\(--\)\{0,1\}\([a-z-]*\)[ =].*/\2/p' | sort -u | grep -v kprobe); do
        check "the man page explains kprobe's $word" grep -qw -- "$word" <<< "$text"
    done
else
    skip "the man page is rendered" "there is no man here"
fi
if command -v mandoc > /dev/null; then
    equal "mandoc finds no fault in the man page" "" "$(mandoc -T lint -W warning "$page" 2>&1)"
else
    skip "mandoc finds no fault in the man page" "there is no mandoc here"
fi

package=("$top"/artifacts/*.deb)
if [ -e "${package[0]}" ]; then
    equal "build.sh left one package" 1 ${#package[@]}
    # Left by an earlier build, it may not be of these programs.
    "$top/packaging/build-deb" > "$scratch/said" 2>&1; equal "it can be made again" 0 $?
    first=$(sha256sum < "${package[0]}")
    "$top/packaging/build-deb" > "$scratch/said" 2>&1
    equal "and is the same, byte for byte" "$first" "$(sha256sum < "${package[0]}")"
    dpkg-deb -x "${package[0]}" "$scratch/package"
    papers="./usr/share/doc/diagnose-tools/changelog.gz ./usr/share/doc/diagnose-tools/copyright ./usr/share/lintian/overrides/diagnose-tools"
    equal "it holds what install.sh installs, and its papers" \
        "$(lines "${all//opt\/tools/usr} $papers" | grep -v diagnose-tools/installed)" "$(lines "$(listing "$scratch/package")")"
    dpkg-deb -e "${package[0]}" "$scratch/control"
    check "its checksums are right" env -C "$scratch/package" md5sum --quiet -c "$scratch/control/md5sums"
    equal "no file is without one" "$(find "$scratch/package" -type f | wc -l)" "$(wc -l < "$scratch/control/md5sums")"
    if command -v lintian > /dev/null; then
        equal "lintian finds no fault" "" "$(lintian --allow-root --fail-on error,warning "${package[0]}" 2>&1 | grep -v 'root privileges')"
    else
        skip "lintian finds no fault" "there is no lintian here"
    fi
else
    skip "the package" "there is no dpkg-deb here to make it"
fi
finish
