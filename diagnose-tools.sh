#!/bin/sh
# diagnose-tools: hands each subcommand to the program beside this file that does it. build.sh installs it as
# artifacts/diagnose-tools. Started by its own path it needs no other program on the way, so it costs about a millisecond.

usage() {
    cat <<'USAGE'
usage: diagnose-tools COMMAND [ARGUMENTS]
       diagnose-tools --help | --version

  kprobe   watch a kernel function in the background: --activate, --settings, --report, --deactivate
  record   record the hits of a kernel function with their stacks into a trace file
  import   make a trace of perf.data or of what perf script printed; the commands below also read both
  report   print the hits of a trace as text or JSON
  flame    draw a flame graph from a trace, or fold its stacks
  summary  add the hits of a trace up by process, cgroup, stack and more
  top      show the hottest functions and their callers, of a trace or of the recorder that runs
  info     print what a trace holds

diagnose-tools COMMAND --help tells more about each, as does diagnose-tools(8). install and uninstall, which loaded and
removed a kernel module, are still accepted: none is needed.
USAGE
}

case ${1-} in
    kprobe | record) program=diagnose-capture ;;
    import | report | flame | summary | top | info) program=diagnose-analyze ;;
    -h | --help | help) usage; exit 0 ;;
    # The last line of these two is what the tool with a kernel module printed, for scripts that look for it.
    install)
        echo "diagnose-tools install: no kernel module is needed, there is nothing to load; start with:"
        echo "  diagnose-tools kprobe --activate='probe=FUNCTION'"
        echo 'installed successfully'
        exit 0 ;;
    uninstall)
        echo 'diagnose-tools uninstall: no kernel module is loaded, there is nothing to remove; a recorder that runs is stopped by:'
        echo '  diagnose-tools kprobe --deactivate'
        echo 'uninstalled successfully'
        exit 0 ;;
    --version) echo 'diagnose-tools @VERSION@'; exit 0 ;;
    '') usage >&2; exit 2 ;;
    *) echo "diagnose-tools: unknown command: $1" >&2; usage >&2; exit 2 ;;
esac

self=$0
if [ -h "$self" ]; then self=$(readlink -f -- "$self"); fi
case $self in
    */*) here=${self%/*} ;;
    *) here=. ;; # sh diagnose-tools
esac
[ -x "$here/$program" ] || { echo "diagnose-tools: $program is missing beside it in $here" >&2; exit 1; }
exec "$here/$program" "$@"
