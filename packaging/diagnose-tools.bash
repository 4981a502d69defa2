# shellcheck shell=bash
# Completion of diagnose-tools for bash. Needs nothing of the bash-completion project, only to be sourced.

# Takes the line so far apart as the shell would: words[], the last of which is being typed, and quoted, the length of
# its part before a quotation mark that is still open, or empty. COMP_WORDS would also split at = and :.
_diagnose_tools_split() {
    local line=${COMP_LINE:0:COMP_POINT} index char open='' word='' inside=''
    words=() quoted=
    for ((index = 0; index < ${#line}; index++)); do
        char=${line:index:1}
        if [ -n "$open" ]; then
            if [ "$char" = "$open" ]; then open='' quoted=; else word+=$char; fi
        elif [ "$char" = "'" ] || [ "$char" = '"' ]; then
            open=$char quoted=${#word} inside=1
        elif [ "$char" = ' ' ] || [ "$char" = $'\t' ]; then
            if [ -n "$word$inside" ]; then words+=("$word"); fi
            word='' inside=
        elif [ "$char" = "\\" ]; then
            index=$((index + 1))
            word+=${line:index:1}
        else
            word+=$char
        fi
    done
    words+=("$word")
}

# Adds those of the words after HEAD and BEGUN that begin so, with HEAD before them. Read as lines: names may hold blanks.
_diagnose_tools_offer() {
    local head=$1 begun=$2 word
    shift 2
    for word; do
        if [[ $word == "$begun"* ]]; then COMPREPLY+=("$head$word"); fi
    done
}

_diagnose_tools_files() {
    local head=$1 begun=$2 kind=${3:-} file found
    mapfile -t found < <(compgen -f -- "$begun")
    for file in "${found[@]}"; do
        if [ -d "$file" ]; then COMPREPLY+=("$head$file/")
        elif [ -z "$kind" ] || [[ $file == *@($kind) ]]; then COMPREPLY+=("$head$file"); fi
    done
}

_diagnose_tools_tracing() {
    local folder
    for folder in /sys/kernel/tracing /sys/kernel/debug/tracing; do
        if [ -r "$folder/available_filter_functions" ]; then echo "$folder"; break; fi
    done
}

# The kernel has some 50000 functions: only for those who have said how theirs begins.
_diagnose_tools_functions() {
    local head=$1 begun=$2 folder found
    [[ $begun =~ ^[A-Za-z0-9_.]{2,}$ ]] || return 0
    folder=$(_diagnose_tools_tracing)
    if [ -z "$folder" ]; then return 0; fi
    mapfile -t found < <(LC_ALL=C grep -- "^${begun//./\\.}" "$folder/available_filter_functions" 2> /dev/null | cut -d ' ' -f 1 | sort -u)
    _diagnose_tools_offer "$head" "$begun" "${found[@]}"
}

_diagnose_tools_probes() {
    local head=$1 begun=$2 found
    case $begun in
        kprobe:* | kretprobe:*) _diagnose_tools_functions "$head${begun%%:*}:" "${begun#*:}" ;;
        uprobe:* | uretprobe:*) _diagnose_tools_files "$head${begun%%:*}:" "${begun#*:}" ;;
        tracepoint:*:*)
            mapfile -t found < <(cd "$(_diagnose_tools_tracing)/events/$(cut -d : -f 2 <<< "$begun")" 2> /dev/null && compgen -d)
            _diagnose_tools_offer "$head${begun%:*}:" "${begun##*:}" "${found[@]}" ;;
        tracepoint:*)
            mapfile -t found < <(cd "$(_diagnose_tools_tracing)/events" 2> /dev/null && compgen -d -S :)
            _diagnose_tools_offer "${head}tracepoint:" "${begun#*:}" "${found[@]}" ;;
        software:*)
            _diagnose_tools_offer "${head}software:" "${begun#*:}" cpu-clock task-clock page-faults minor-faults \
                major-faults context-switches cpu-migrations alignment-faults emulation-faults ;;
        *)
            _diagnose_tools_functions "$head" "$begun"
            _diagnose_tools_offer "$head" "$begun" kprobe: kretprobe: uprobe: uretprobe: tracepoint: software: ;;
    esac
}

_diagnose_tools_value() {
    local option=$1 head=$2 begun=$3 found
    case $option in
        probe) _diagnose_tools_probes "$head" "$begun" ;;
        tgid | pid) mapfile -t found < <(cd /proc && compgen -d -X '![0-9]*'); _diagnose_tools_offer "$head" "$begun" "${found[@]}" ;;
        comm)
            mapfile -t found < <(cat /proc/[0-9]*/comm 2> /dev/null | sort -u)
            _diagnose_tools_offer "$head" "$begun" "${found[@]}" ;;
        cpu) _diagnose_tools_offer "$head" "$begun" "$(cat /sys/devices/system/cpu/online 2> /dev/null)" ;;
        verbose | dump-style) _diagnose_tools_offer "$head" "$begun" 0 1 ;;
        raw-stack | no-dotnet | json | console) _diagnose_tools_offer "$head" "$begun" 1 ;;
        input | output | diff | out | in | inlist | list | o | kallsyms | symfs) _diagnose_tools_files "$head" "$begun" ;;
        user-stack) _diagnose_tools_offer "$head" "$begun" dwarf fp none ;;
        format) _diagnose_tools_offer "$head" "$begun" svg html folded ;;
        per) _diagnose_tools_offer "$head" "$begun" thread process cpu cgroup ;;
        by) _diagnose_tools_offer "$head" "$begun" process thread cgroup cpu event stack ;;
        sort) _diagnose_tools_offer "$head" "$begun" self total ;;
        normalize) _diagnose_tools_offer "$head" "$begun" duration hits ;;
    esac
}

# The value of a kprobe action: settings KEY=VALUE with blanks between them, for the last of which it completes.
_diagnose_tools_settings() {
    local head=$1 begun=$2 action=$3 key keys=()
    case $action in
        activate) keys=(probe tgid pid comm cpu verbose dump-style sample-step raw-stack spool-mb no-dotnet) ;;
        report) keys=(out in inlist console) ;;
        settings) keys=(json) ;;
    esac
    while [ "$action" = activate ] && [[ $begun == *' '* ]]; do head+=${begun%%' '*}' ' begun=${begun#*' '}; done
    if [[ $begun == *=* ]]; then
        _diagnose_tools_value "${begun%%=*}" "$head${begun%%=*}=" "${begun#*=}"
    else
        for key in "${keys[@]}"; do
            if [[ $head != *[\ =]"$key="* ]]; then _diagnose_tools_offer "$head" "$begun" "$key="; fi
        done
    fi
}

_diagnose_tools_kprobe() {
    local current=$1 dashes action
    dashes=${current%%[!-]*}
    action=${current#"$dashes"}
    if [ -n "$dashes" ] && [[ $action == *=* ]]; then
        _diagnose_tools_settings "$dashes${action%%=*}=" "${action#*=}" "${action%%=*}"
        return
    fi
    if [ -z "$dashes" ] || [ -z "$action" ]; then dashes=--; fi
    if [ -n "$current" ] && [[ $current != -* ]]; then return; fi
    _diagnose_tools_offer "$dashes" "$action" activate= deactivate report report= settings settings=json=1 help
}

# The subcommands with options --NAME=VALUE or --NAME VALUE; what has no value stands without the =.
_diagnose_tools_options() {
    local command=$1 current=$2 before=$3 option options=()
    local filters=(event= comm= pid= tgid= cgroup= cpu= from= to= include= exclude=)
    case $command in
        record) options=(probe= tgid= pid= comm= cpu= period= duration= output= ring-mb= user-stack= no-dotnet command-only help) ;;
        import) options=(output= event= kallsyms= symfs= help) ;;
        flame) options=(input= output= format= title= min-width= depth= icicle diff= normalize= per= "${filters[@]}" help) ;;
        report) options=(list= json limit= remove "${filters[@]}" help) ;;
        summary) options=(by= limit= "${filters[@]}" help) ;;
        top) options=(sort= limit= interval= window= count= "${filters[@]}" help) ;;
        info) options=(help) ;;
    esac
    if [[ $current == --*=* ]]; then
        option=${current%%=*} option=${option#--}
        _diagnose_tools_value "$option" "${current%%=*}=" "${current#*=}"
    elif [[ $before == --?* && " ${options[*]} " == *" ${before#--}= "* || $before == -o ]]; then
        option=${before##*-}
        if [[ $before == --* ]]; then option=${before#--}; fi
        _diagnose_tools_value "$option" '' "$current"
    elif [[ $current == -* ]]; then
        _diagnose_tools_offer -- "${current#"${current%%[!-]*}"}" "${options[@]}"
    elif [[ $command == @(report|summary|info) ]]; then
        _diagnose_tools_files '' "$current" '.dtt|.data'
    elif [ "$command" = top ]; then
        _diagnose_tools_files '' "$current"
    elif [ "$command" = import ]; then
        _diagnose_tools_files '' "$current" .data
    else
        _diagnose_tools_offer -- '' "${options[@]}"
    fi
}

# After --, a command line of its own: $1 words of it stand already.
_diagnose_tools_command() {
    if [ "$1" = 1 ]; then mapfile -t COMPREPLY < <(compgen -c -- "$2" | sort -u); fi
    if [ "$1" -gt 1 ] || [[ $2 == */* ]]; then _diagnose_tools_files '' "$2"; fi
}

_diagnose_tools() {
    local words quoted current index cut=0 reply
    COMPREPLY=()
    _diagnose_tools_split
    current=${words[${#words[@]} - 1]}
    if [ ${#words[@]} -le 2 ]; then
        _diagnose_tools_offer '' "$current" kprobe record import report flame summary top info install uninstall help --help --version
    elif [ "${words[1]}" = kprobe ]; then
        _diagnose_tools_kprobe "$current"
    else
        for ((index = 2; index < ${#words[@]} - 1; index++)); do
            if [ "${words[1]}" = record ] && [ "${words[index]}" = -- ]; then
                _diagnose_tools_command $((${#words[@]} - 1 - index)) "$current"
                break
            fi
        done
        if [ "$index" -ge $((${#words[@]} - 1)) ]; then
            _diagnose_tools_options "${words[1]}" "$current" "${words[${#words[@]} - 2]}"
        fi
    fi
    # Readline replaces only what stands after an open quotation mark, or else after the last = or :.
    if [ -n "$quoted" ]; then
        cut=$quoted
    else
        for ((index = ${#current} - 1; index >= 0; index--)); do
            if [[ ${current:index:1} == [=:] && $COMP_WORDBREAKS == *"${current:index:1}"* ]]; then cut=$((index + 1)); break; fi
        done
    fi
    for index in "${!COMPREPLY[@]}"; do
        reply=${COMPREPLY[index]:cut}
        if [[ $reply == *[=:/] ]]; then compopt -o nospace 2> /dev/null; fi
        if [ -z "$quoted" ] && [ -n "$reply" ]; then reply=$(printf %q "$reply"); fi
        COMPREPLY[index]=$reply
    done
    # A sole candidate makes readline close the quotation mark: not where something is still to be typed.
    if [ -n "$quoted" ] && [ ${#COMPREPLY[@]} = 1 ] && [[ ${COMPREPLY[0]} == *[=:/] ]]; then COMPREPLY+=("${COMPREPLY[0]}..."); fi
}

complete -F _diagnose_tools diagnose-tools
