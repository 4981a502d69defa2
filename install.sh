#!/usr/bin/env bash
# install.sh [--prefix=/usr] [--destdir=DIR]      puts diagnose-tools in place, after building it where that was not done
# install.sh --uninstall [--purge] [the same]     takes away exactly that; --purge also what was recorded and set
#
#   PREFIX/bin                    diagnose-tools, diagnose-capture, diagnose-analyze
#   /usr/diagnose-tools/test.sh   the test script, where the documentation has it, whatever the prefix
#   PREFIX/share                  man page, completions for bash and zsh, the formats, and the list of what was installed
#
# A recorder that runs goes on while its programs are replaced, and is stopped before they are removed. With --destdir,
# for packages, nothing outside DIR is read or changed.
set -euo pipefail
top=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")

die() { echo "install.sh: $*" >&2; exit 1; }
usage() { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; }

prefix=/usr destdir='' action=install purge=''
for argument; do
    case $argument in
        --prefix=/*) prefix=${argument#*=} ;;
        --destdir=?*) destdir=$(realpath -m -- "${argument#*=}") ;;
        --uninstall) action=uninstall ;;
        --purge) purge=1 ;;
        -h | --help) usage; exit 0 ;;
        *) echo "install.sh: cannot use: $argument" >&2; usage >&2; exit 2 ;;
    esac
done
if [ -n "$purge" ] && [ "$action" = install ]; then echo "install.sh: --purge goes with --uninstall" >&2; exit 2; fi
while [ "$prefix" != "${prefix%/}" ]; do prefix=${prefix%/}; done
if [ "$destdir" = / ]; then destdir=; fi
list=$prefix/share/diagnose-tools/installed

# Debian's zsh looks for what packages bring in a folder of their own.
zsh_folder=$prefix/share/zsh/site-functions
if [ "$prefix" = /usr ] && [ -e /etc/debian_version ]; then zsh_folder=/usr/share/zsh/vendor-completions; fi
manuals=$prefix/share/man/man8
papers=$prefix/share/doc/diagnose-tools

# One line for each file: what it is made from, how, and where it goes.
plan() {
    local program
    for program in diagnose-tools diagnose-capture diagnose-analyze; do
        echo "program artifacts/$program $prefix/bin/$program"
        if [ "$program" != diagnose-tools ]; then echo "link diagnose-tools.8.gz $manuals/$program.8.gz"; fi
    done
    echo "program packaging/test.sh /usr/diagnose-tools/test.sh"
    echo "manual packaging/diagnose-tools.8 $manuals/diagnose-tools.8.gz"
    echo "data packaging/diagnose-tools.bash $prefix/share/bash-completion/completions/diagnose-tools"
    echo "data packaging/_diagnose-tools $zsh_folder/_diagnose-tools"
    echo "data Analyze/Report/REPORT-JSON.md $papers/REPORT-JSON.md"
    echo "data Formats/TRACE-FORMAT.md $papers/TRACE-FORMAT.md"
}

# put KIND SOURCE TARGET: a new file that takes the old one's name in one step, so that a copy in use stays whole.
put() {
    local new=$destdir$3.new
    rm -f -- "$new"
    case $1 in
        program) install -m 755 "$top/$2" "$new" ;;
        data) install -m 644 "$top/$2" "$new" ;;
        manual) (umask 022 && sed "s/@VERSION@/$version/" "$top/$2" | gzip -9n > "$new") ;;
        link) ln -s "$2" "$new" ;;
    esac
    mv -fT -- "$new" "$destdir$3"
}

# Adds the folders that it must make for a file to the list, so that they can go again.
make_folder() {
    local folder=$1
    if [ -d "$destdir$folder" ]; then return; fi
    if [ -n "${folder%/*}" ]; then make_folder "${folder%/*}"; fi
    mkdir -m 755 -- "$destdir$folder"
    folders+=("$folder/")
}

# A package manager's files are not ours to replace or remove.
check_owner() {
    local program=$prefix/bin/diagnose-tools owner
    if [ -n "$destdir" ] || [ ! -e "$program" ]; then return; fi
    if command -v dpkg-query > /dev/null && owner=$(dpkg-query -S "$program" 2> /dev/null); then
        die "$program belongs to the package ${owner%%:*}: remove that first, with apt-get or dpkg"
    fi
    if command -v rpm > /dev/null && owner=$(rpm -qf "$program" 2> /dev/null); then
        die "$program belongs to the package $owner: remove that first, with rpm"
    fi
}

check_root() {
    if [ -z "$destdir" ] && [ "$(id -u)" != 0 ]; then die "$action needs root, or --destdir=DIR"; fi
}

installed() { if [ -e "$destdir$list" ]; then cat -- "$destdir$list"; fi; }

install_all() {
    local program kind source target old version folders=() targets=()
    for program in diagnose-tools diagnose-capture diagnose-analyze; do
        if [ ! -x "$top/artifacts/$program" ]; then "$top/build.sh"; break; fi
    done
    version=$("$top/artifacts/diagnose-tools" --version)
    version=${version#diagnose-tools }

    if [ -n "$destdir" ]; then mkdir -p -- "$destdir"; fi
    mapfile -t folders < <(installed | grep '/$')
    while read -r kind source target; do
        make_folder "${target%/*}"
        targets+=("$target")
    done < <(plan)
    make_folder "${list%/*}"
    # What an earlier version had installed, and this one does not.
    while read -r old; do
        if [[ $old != */ && $'\n'$(printf '%s\n' "${targets[@]}")$'\n' != *$'\n'$old$'\n'* ]]; then rm -f -- "$destdir$old"; fi
    done < <(installed)
    # Before the files themselves: also half an installation can be taken away again.
    printf '%s\n' "${targets[@]}" "${folders[@]}" > "$destdir$list.new"
    chmod 644 "$destdir$list.new"
    mv -fT -- "$destdir$list.new" "$destdir$list"
    while read -r kind source target; do put "$kind" "$source" "$target"; done < <(plan)
    echo "installed diagnose-tools $version in $destdir$prefix/bin; no kernel module is needed"
}

stop_recorder() {
    local program=$prefix/bin/diagnose-tools
    if [ -n "$destdir" ] || [ ! -x "$program" ]; then return; fi
    "$program" kprobe --deactivate || die "the recorder could not be stopped, so nothing was removed"
}

uninstall_all() {
    local line folders=()
    if [ ! -e "$destdir$list" ] && [ -z "$purge" ]; then
        die "nothing was installed here by this script: there is no $destdir$list"
    fi
    stop_recorder
    while read -r line; do
        case $line in
            */) folders=("${line%/}" "${folders[@]}") ;;
            *) rm -f -- "$destdir$line" ;;
        esac
    done < <(installed)
    rm -f -- "$destdir$list"
    for line in "${folders[@]}"; do rmdir --ignore-fail-on-non-empty -- "$destdir$line" 2> /dev/null || true; done
    if [ -n "$purge" ]; then
        rm -rf -- "$destdir/var/lib/diagnose-tools" "$destdir/run/diagnose-tools"
    elif [ -e "$destdir/var/lib/diagnose-tools" ]; then
        echo "what was recorded stays in $destdir/var/lib/diagnose-tools (--purge removes it)"
    fi
    echo "removed diagnose-tools from $destdir$prefix/bin"
}

check_root
check_owner
"${action}_all"
