#!/usr/bin/env bash
# build.sh [--deb]
# Makes artifacts/diagnose-tools and the two native programs it starts, diagnose-capture (sampler) and
# diagnose-analyze (offline analyzer); their debug files go to artifacts/debug. Installs what native linking needs
# where it may (root, with apt-get); otherwise names it and stops. --deb also makes a Debian package of them in artifacts/.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
# A build started by a script leaves no servers behind it.
export MSBUILDDISABLENODEREUSE=1

die() { echo "build.sh: $*" >&2; exit 1; }

deb=
case $#:${1-} in
    0:) ;;
    1:--deb)
        command -v dpkg-deb > /dev/null || die "--deb needs dpkg-deb, which is not here"
        deb=1 ;;
    *) echo "usage: build.sh [--deb]" >&2; exit 2 ;;
esac

# Prints the Debian packages that are missing for the native link, by trying what each is needed for.
missing_packages() {
    command -v gcc >/dev/null || { echo gcc libc6-dev zlib1g-dev g++; return; }
    links '#include <stdio.h>' || echo libc6-dev
    links '#include <zlib.h>' -lz || echo zlib1g-dev
    links '' -static-libgcc -Wl,-Bstatic -lstdc++ -Wl,-Bdynamic -lm || echo g++
    command -v objcopy >/dev/null || echo binutils
}

links() {
    local source=$1
    shift
    printf '%s\nint main(void) { return 0; }\n' "$source" | gcc -x c - -o /dev/null "$@" 2>/dev/null
}

install_missing() {
    local missing log
    mapfile -t missing < <(missing_packages)
    [ ${#missing[@]} -gt 0 ] || return 0
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        die "missing for the native link (Debian package names): ${missing[*]}. Install them and run this again."
    fi
    log=$(mktemp)
    if ! { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
        -o DPkg::Lock::Timeout=300 "${missing[@]}"; } > "$log" 2>&1 </dev/null; then
        cat "$log" >&2
        rm -f "$log"
        die "apt-get could not install: ${missing[*]}"
    fi
    rm -f "$log"
    echo "installed ${missing[*]}"
    mapfile -t missing < <(missing_packages)
    [ ${#missing[@]} = 0 ] || die "still missing after installing: ${missing[*]}"
}

# Replaces a file only when it differs, and in one step, so that a copy in use stays whole and unchanged times stay.
install_file() {
    if cmp -s "$1" "$2"; then return; fi
    cp -p "$1" "$2.new"
    mv -f "$2.new" "$2"
}

publish() {
    local project=$1 program=$2 output log start=$SECONDS
    output=$project/bin/publish
    log=$(mktemp)
    if ! dotnet publish "$project" -c Release -r linux-x64 -o "$output" -v minimal > "$log" 2>&1 </dev/null; then
        cat "$log" >&2
        rm -f "$log"
        die "publishing $project failed (log above)"
    fi
    rm -f "$log"
    install_file "$output/$program" "artifacts/$program"
    install_file "$output/$program.dbg" "artifacts/debug/$program.dbg"
    echo "artifacts/$program  $(stat -c %s "artifacts/$program") bytes, $((SECONDS - start)) s"
}

install_dispatcher() {
    local version
    version=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' Directory.Build.props)
    [ -n "$version" ] || die "Directory.Build.props names no <Version>"
    sed "s/@VERSION@/$version/" diagnose-tools.sh > artifacts/diagnose-tools.new
    chmod 755 artifacts/diagnose-tools.new
    mv -f artifacts/diagnose-tools.new artifacts/diagnose-tools
    echo "artifacts/diagnose-tools  $version"
}

command -v dotnet >/dev/null || die "the .NET 10 SDK is missing: there is no dotnet in PATH"
sdks=$(dotnet --list-sdks)
[[ $'\n'$sdks == *$'\n10.'* ]] || die "the .NET 10 SDK is missing: dotnet has only: ${sdks//$'\n'/, }"
[ "$(uname -s)-$(uname -m)" = Linux-x86_64 ] || die "the programs are built for linux-x64, on linux-x64; this is $(uname -s)-$(uname -m)"
install_missing
mkdir -p artifacts/debug
publish Capture diagnose-capture
publish Analyze diagnose-analyze
install_dispatcher
if [ -n "$deb" ]; then packaging/build-deb; fi
