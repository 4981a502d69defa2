#!/usr/bin/env bash
# Completion in the shells: what is offered for a line that is being typed, and what a shell makes of it.
# shellcheck source=tests/tap.sh
. "$(dirname "$(readlink -f "$0")")/../tap.sh"
cd "$top" || exit
export HOME=$scratch

# A kernel of four functions and two tracepoints.
mkdir -p "$scratch/tracing/events/sched/sched_switch" "$scratch/tracing/events/sched/sched_waking" "$scratch/files/folder"
printf '%s\n' vfs_read vfs_readv vfs_write 'ovl_read_iter [overlay]' > "$scratch/tracing/available_filter_functions"
install /dev/null "$scratch/files/command-of-the-test"
touch "$scratch/files/one.dtt" "$scratch/files/one.txt" "$scratch/files/two words.dtt"

cat > "$scratch/offers" <<'OFFERS'
source "$1/packaging/diagnose-tools.bash"
tracing=$2
_diagnose_tools_tracing() { echo "$tracing"; }
COMP_LINE=$3 COMP_POINT=${#3} COMP_WORDBREAKS=$' \t\n"\'><=;|&(:'
_diagnose_tools
if [ ${#COMPREPLY[@]} -gt 0 ]; then printf '%s\n' "${COMPREPLY[@]}" | sort | paste -sd ' '; fi
OFFERS
# offers NAME WANTED LINE: what bash is told to put in the place of what follows the last break of LINE.
offers() { equal "bash: $1" "$2" "$(bash --norc "$scratch/offers" "$top" "$scratch/tracing" "diagnose-tools $3" 2>&1)"; }

offers "subcommands" "--help --version flame help import info install kprobe record report summary top uninstall" ""
offers "a subcommand" kprobe k
offers "the actions of kprobe" "--activate= --deactivate --help --report --report= --settings --settings=json=1" "kprobe "
offers "an action with one dash" -activate= "kprobe -act"
offers "another action after the first" "--settings --settings=json=1" "kprobe --deactivate --activate='probe=vfs_read' --s"
settings="comm= cpu= dump-style= no-dotnet= pid= probe= raw-stack= sample-step= spool-mb= tgid= verbose="
offers "the settings in a quotation" "$settings" "kprobe --activate='"
offers "those of them that begin so" "probe=vfs_read comm= probe=vfs_read cpu=" "kprobe --activate='probe=vfs_read c"
offers "none twice" "" "kprobe --activate='probe=vfs_read pro"
offers "functions in a quotation" "probe=vfs_read probe=vfs_readv" "kprobe --activate='probe=vfs_re"
offers "functions in the other quotation, later" "cpu=0 probe=vfs_write" "kprobe --activate=\"cpu=0 probe=vfs_w"
offers "functions without a quotation" "vfs_read vfs_readv" "kprobe --activate=probe=vfs_re"
offers "a function of a module" ovl_read_iter "kprobe --activate=probe=ov"
offers "no function before two letters are typed" "" "kprobe --activate=probe=v"
offers "no function for what is no name" "" "kprobe --activate='probe=.*"
offers "where reports go" "console= in= inlist= out=" "kprobe --report="
offers "files to report from" "$scratch/files/one.dtt $scratch/files/one.txt" "kprobe --report=in=$scratch/files/on"
offers "options of record" "--comm= --command-only" "record --com"
offers "probes of record" "vfs_write" "record --probe=vfs_w"
offers "kinds of probes" "tracepoint:" "record --probe=tr"
offers "return probes" "vfs_write" "record --probe kretprobe:vfs_w"
offers "systems of tracepoints" "sched:" "record --probe=tracepoint:s"
offers "tracepoints" "sched_switch sched_waking" "record --probe=tracepoint:sched:sched_"
offers "software events" "cpu-clock cpu-migrations" "record --probe=software:cpu"
PATH=$scratch/files:$PATH offers "the command to record" command-of-the-test "record --probe=vfs_read -- command-of"
offers "its files" "$scratch/files/one.dtt $scratch/files/one.txt" "record --probe=vfs_read -- command-of-the-test $scratch/files/on"
offers "traces, and folders that may hold some" "$scratch/files/folder/ $scratch/files/one.dtt $scratch/files/two\\ words.dtt" "info $scratch/files/"
touch "$scratch/files/perf.data"
offers "traces among them" "$scratch/files/folder/ $scratch/files/one.dtt $scratch/files/perf.data $scratch/files/two\\ words.dtt" "report $scratch/files/"
offers "recordings of perf" "$scratch/files/folder/ $scratch/files/perf.data" "import $scratch/files/"
rm "$scratch/files/perf.data"
offers "formats" "folded html svg" "flame --format="
offers "the options that the flame graph takes" "--per= --pid=" "flame --p"
offers "what hits are added up by" "cgroup cpu" "summary --by=c"
offers "the options that the flame graph takes" "--cgroup= --comm= --cpu= --depth= --diff= --event= --exclude= --format= --from= --help --icicle --include= --input= --min-width= --normalize= --output= --per= --pid= --tgid= --title= --to=" "flame --"

# Every option that a program has is offered, and no other.
for command in record import flame report summary top; do
    equal "bash: all the options of $command" \
        "$("$tools" "$command" --help | sed -n 's/^  .*\(--[a-z-]*\) .*/\1/p' | grep -oE -- '^--[a-z-]+' | sort | paste -sd ' ')" \
        "$(bash --norc "$scratch/offers" "$top" "$scratch/tracing" "diagnose-tools $command --" | tr -d = | tr ' ' '\n' | sort | paste -sd ' ')"
done

# In a shell at a terminal: a key is bound to write down the line as it then is.
line=$scratch/line
start() { # SHELL LINE-OF-SETUP
    mkfifo "$scratch/keys"
    script -qec "$1" /dev/null < "$scratch/keys" > "$scratch/screen" 2>&1 &
    shell=$!
    exec {keys}> "$scratch/keys"
    rm "$scratch/keys"
    printf '%s; touch %q\n' "$2" "$scratch/ready" >&"$keys"
    appears "$scratch/ready" || not_ok "$1 starts" "$(cat "$scratch/screen")"
    rm -f "$scratch/ready"
}
appears() { local tries; for ((tries = 0; tries < 200; tries++)); do if [ -e "$1" ]; then return 0; fi; sleep 0.05; done; return 1; }
typed() { # NAME WANTED KEYS
    rm -f "$line"
    printf '\x15%s\x18\x18' "diagnose-tools $3" >&"$keys"
    appears "$line"
    equal "$1" "diagnose-tools $2" "$(cat "$line" 2>&1)"
}
stop() { printf '\x15exit\n' >&"$keys"; exec {keys}>&-; wait "$shell"; }

if command -v script > /dev/null; then
    start "bash --norc -i" "source packaging/diagnose-tools.bash; _diagnose_tools_tracing() { echo $scratch/tracing; }; \
        bind -x '\"\\C-x\\C-x\": printf %s \"\$READLINE_LINE\" > $line.new; mv $line.new $line'"
    typed "bash: a subcommand is completed" "kprobe " $'kpr\t'
    typed "bash: an option waits for its value" "kprobe --activate=" $'kprobe --act\t'
    typed "bash: a quotation stays open for the value" "kprobe --activate='probe=" $'kprobe --activate=\'pr\t'
    typed "bash: and closes after it" "kprobe --activate='probe=vfs_write' " $'kprobe --activate=\'pr\tvfs_w\t'
    typed "bash: a later setting" "kprobe --activate='probe=vfs_read dump-style=1" $'kprobe --activate=\'probe=vfs_read du\t1'
    typed "bash: without a quotation" "kprobe --activate=probe=vfs_write " $'kprobe --activate=pr\tvfs_w\t'
    typed "bash: a folder" "kprobe --report=out=$scratch/files/folder/" "kprobe --report=out=$scratch/files/fol"$'\t'
    typed "bash: a name of two words" "info $scratch/files/two\\ words.dtt " "info $scratch/files/tw"$'\t'
    stop
else
    skip "completion in bash at a terminal" "there is no script here"
fi
if command -v script > /dev/null && command -v zsh > /dev/null; then
    mkdir "$scratch/fpath"
    sed "s:/sys/kernel/tracing:$scratch/tracing:" packaging/_diagnose-tools > "$scratch/fpath/_diagnose-tools"
    start "zsh -f -i" "fpath=($scratch/fpath \$fpath); autoload -Uz compinit; compinit -u -D; \
        note() { print -rn -- \"\$BUFFER\" > $line.new; mv $line.new $line }; zle -N note; bindkey '^X^X' note"
    typed "zsh: a subcommand is completed" "kprobe " $'kpr\t'
    typed "zsh: an option waits for its value" "kprobe --activate=" $'kprobe --act\t'
    typed "zsh: a setting and a function" "kprobe --activate=probe=vfs_write " $'kprobe --activate=pr\tvfs_w\t'
    # zsh writes the same argument without the quotation.
    typed "zsh: a later setting" "kprobe --activate=probe=vfs_read\\ dump-style=" $'kprobe --activate=\'probe=vfs_read du\t'
    typed "zsh: a return probe" "record --probe=kretprobe:vfs_write " $'record --probe=kret\tvfs_w\t'
    typed "zsh: a tracepoint" "record --probe=tracepoint:sched:sched_switch " $'record --probe=trac\ts\tsched_s\t'
    typed "zsh: a trace" "info $scratch/files/one.dtt " "info $scratch/files/on"$'\t'
    typed "zsh: an option of flame" "flame --format=folded " $'flame --form\tf\t'
    stop
else
    skip "completion in zsh" "there is no zsh here"
fi
finish
