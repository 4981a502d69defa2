#!/usr/bin/env bash
# From a tree that was built to a machine that has the command: install.sh, the documented test script, and away again;
# then the same with the Debian package.
# shellcheck source=tests/tap.sh
. "$(dirname "$(readlink -f "$0")")/../tap.sh"
# shellcheck source=tests/vm/kprobe.sh
. "$top/tests/vm/kprobe.sh"
cd / || exit
clean
export TMPDIR=$scratch/tmp
mkdir "$TMPDIR"
installed() { ls -d /usr/bin/diagnose-* /usr/diagnose-tools /usr/share/diagnose-tools /usr/share/*/diagnose-tools \
    /usr/share/man/man8/diagnose-* /usr/share/*/*/*diagnose-tools 2> /dev/null; }

equal "nothing of it is on this machine" "" "$(installed)"
check "install.sh installs" "$top/install.sh"
equal "the command is in PATH" /usr/bin/diagnose-tools "$(hash -r; command -v diagnose-tools)"
check "its kprobe has a recorder and an analyzer" diagnose-tools kprobe --help

# The recorder of another is stopped, and what it recorded is kept.
diagnose-tools kprobe --activate='probe=vfs_read comm=dd' > /dev/null
reads 100
dash /usr/diagnose-tools/test.sh kprobe > "$scratch/said" 2>&1
equal "the documented test succeeds under dash" "0 " "$? $(grep -v '^test.sh: ' "$scratch/said" | grep '^diagnose-tools' )"
folder=$(echo "$TMPDIR"/diagnose-tools-kprobe.*)
found=$(sed -n 's/^\([0-9]*\) hits of down_write .*/\1/p' "$scratch/said")
between "it found hits" 10 1000000 "$found"
equal "as many as its text report has" "$found" "$(grep -c '^KPROBE命中' "$folder/kprobe.log")"
sum=0
for number in 1 2 3 4 5 6 7 8 9 10; do
    hits=$(diagnose-tools report "$folder/kprobe-$number.dtt" | grep -c '^KPROBE命中')
    between "report $number has hits" 1 1000000 "$hits"
    sum=$((sum + hits))
done
equal "the ten files hold them all" "$found" "$sum"
contains "it names a function that takes locks" "vma" "$(grep -A 6 '^the kernel functions' "$scratch/said")"
contains "the flame graph has the function" down_write "$(cat "$folder/kprobe.svg")"
check "the page of documented lines is in what it shows" grep -qx '功能设置成功，返回值：0' "$scratch/said"
equal "no recorder is left" 0 "$(recorders)"
diagnose-tools kprobe --report > "$scratch/out"
equal "and nothing for the next report" 0 "$(grep -c KPROBE "$scratch/out")"
between "the hits of the recorder before are in a file" 100 120 "$(diagnose-tools report "$folder/earlier.dtt" | grep -c '^KPROBE命中')"

# Interrupted, as at a terminal.
setsid env --default-signal=INT dash /usr/diagnose-tools/test.sh kprobe > "$scratch/said" 2>&1 &
script=$!
for ((tries = 0; tries < 600; tries++)); do if compgen -G "$TMPDIR/*/kprobe-1.dtt" | grep -qv "^$folder"; then break; fi; sleep 0.1; done
kill -INT -- "-$script"
wait "$script"
equal "an interrupt ends the test with its status" 130 $?
equal "and leaves no recorder" 0 "$(recorders)"

# Completion of names from this kernel.
# shellcheck disable=SC2016
offers=$(bash --norc -c '. /usr/share/bash-completion/completions/diagnose-tools
    COMP_LINE=$1 COMP_POINT=${#1}; _diagnose_tools; printf "%s\n" "${COMPREPLY[@]}"' bash "diagnose-tools kprobe --activate='probe=vfs_rea")
equal "completion knows this kernel's functions" "$(grep -o '^vfs_rea[^ ]*' /sys/kernel/tracing/available_filter_functions | sed 's/^/probe=/' | sort -u)" "$(sort <<< "$offers")"

activated "a recorder runs while its programs are replaced" probe=vfs_read
before=$(recorder)
check "install.sh installs over itself" "$top/install.sh"
equal "it goes on" "$before" "$(recorder)"
check "install.sh --uninstall" "$top/install.sh" --uninstall
equal "it was stopped" 0 "$(recorders)"
equal "the files are gone" "" "$(installed)"
check "its hits are not" compgen -G "$lib/spool/*.dtt"
check "install.sh --uninstall --purge" "$top/install.sh" --uninstall --purge
equal "now they are, too" "" "$(ls -d "$run" "$lib" 2> /dev/null)"

# The real database of packages has a hundred thousand files, which take an emulated machine minutes to read.
package=("$top"/artifacts/*.deb)
if ! [ -e "${package[0]}" ] || ! dpkg-query -s libc6 > /dev/null 2>&1; then
    skip "the Debian package" "no package was built, or this is no Debian machine"
    finish
fi
admin=$scratch/dpkg
mkdir -p "$admin/info" "$admin/updates" "$admin/triggers"
dpkg-query -s libc6 libgcc-s1 libcrypt1 gcc-12-base > "$admin/status" 2> /dev/null || dpkg-query -s libc6 > "$admin/status"
cp /var/lib/dpkg/info/libc6*.list "$admin/info/"
# shellcheck disable=SC2317 # reached where there is a package
packages() { dpkg --admindir="$admin" "$@"; }
check "dpkg installs the package" packages -i "${package[0]}"
equal "it is installed" "install ok installed" "$(dpkg-query --admindir="$admin" -W -f '${Status}' diagnose-tools)"
check "its files are as they were packed" packages --verify diagnose-tools
equal "it runs" "$("$tools" --version)" "$(diagnose-tools --version)"
tools=/usr/bin/diagnose-tools
activated "its kprobe works" "probe=vfs_read comm=dd"
reads 100
check "an upgrade leaves the recorder alone" packages -i "${package[0]}"
equal "it is there" 1 "$(recorders)"
diagnose-tools kprobe --report > "$scratch/out"
between "it has the hits" 100 120 "$(grep -c '^KPROBE命中' "$scratch/out")"
check "dpkg removes the package" packages -r diagnose-tools
equal "the recorder was stopped" 0 "$(recorders)"
equal "the files are gone" "" "$(installed)"
check "what was recorded is not" test -d "$lib"
check "dpkg purges the package" packages -P diagnose-tools
equal "now it is, too" "" "$(ls -d "$run" "$lib" 2> /dev/null)"
finish
