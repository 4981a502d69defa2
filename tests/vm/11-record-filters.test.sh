#!/usr/bin/env bash
# Each filter leaves exactly the hits it should, while the rest of the machine goes on hitting the same function.
# shellcheck source=tests/tap.sh
. "$(dirname "$(readlink -f "$0")")/../tap.sh"
# shellcheck source=tests/vm/reports.sh
. "$top/tests/vm/reports.sh"
program threads
calls=300

# filtered NAME "WORKERS..." FILTERS...: with these filters each of the workers listed has all of its hits, and
# there are no others. In the filters PID and TID2 stand for the process and its third worker.
filtered() {
    local name=$1 workers=$2 filters wrong='' index expected
    hold_threads --calls "$calls" --pin
    filters=("${@:3}")
    filters=("${filters[@]//PID/$pid}")
    filters=("${filters[@]//TID2/${tid[2]}}")
    if ! record --probe=vfs_read "${filters[@]}" -- "${release[@]}"; then
        not_ok "$name" "$(cat "$scratch/said")"
        drop_threads
        return
    fi
    drop_threads
    for index in 0 1 2 3 4; do
        expected=0
        [[ " $workers " != *" $index "* ]] || expected=$calls
        [ "$(hits "$scratch/report" "^${tid[index]} worker-$index\$")" = "$expected" ] ||
            wrong+="worker-$index has $(hits "$scratch/report" "^${tid[index]} worker-$index\$") hits instead of $expected; "
    done
    [ "$(hits "$scratch/report")" = "$(hits "$scratch/report" ' worker-[0-4]$')" ] ||
        wrong+="others have hits: $(hit_threads "$scratch/report" | grep -v ' worker-[0-4]$' | counted | head -n 3)"
    if [ -z "$wrong" ]; then ok "$name"; else not_ok "$name" "$wrong"; fi
}

filtered "--tgid takes all threads of the process" "0 1 2 3 4" --tgid=PID
filtered "--pid takes one thread" "2" --pid=TID2
filtered "--pid of the leader takes no other thread" "" --pid=PID
filtered "--comm is the process's name, whatever its threads are called" "0 1 2 3 4" --comm=leader
filtered "--comm is not a thread's own name" "" --comm=worker-1
filtered "--cpu takes one CPU" "0 2 4" --cpu=0 --tgid=PID
filtered "--cpu takes the other" "1 3" --cpu=1 --tgid=PID
filtered "--cpu takes a list" "0 1 2 3 4" --cpu=0,1 --tgid=PID
filtered "--cpu takes a range" "0 1 2 3 4" --cpu=0-1 --tgid=PID
filtered "filters narrow each other" "2" --tgid=PID --pid=TID2 --comm=leader --cpu=0
filtered "filters that exclude each other leave nothing" "" --pid=TID2 --cpu=1

# Without --tgid the machine's other hits on that CPU are there, and none of the other CPU's.
hold_threads --calls "$calls" --pin
record --probe=vfs_read --cpu=1 -- "${release[@]}"
equal "--cpu alone succeeds" 0 $?
drop_threads
equal "--cpu alone takes that CPU's workers" $((2 * calls)) "$(hits "$scratch/report" ' worker-[0-4]$')"
equal "and none of the other's" 0 "$(hits "$scratch/report" ' worker-[024]$')"

# Ancestry and names are those of the moment of the hit, across fork, exec, prctl and the parent's end.
program forks
recorded "generations are recorded" --probe=vfs_read -- "$scratch/forks" --calls 50
chain_is() { equal "$1" 50 "$(stacks "$scratch/report" ^ "$2" | grep -c "^$3")"; }
at_least() { between "$1" 50 80 "$(stacks "$scratch/report" ^ "$2" | grep -c "^$3")"; }
chain_is "a child's ancestry" father "father;grandfather;"
chain_is "a grandchild's ancestry before it executes" before-exec "before-exec;father;grandfather;"
# The dynamic loader reads, too.
at_least "its ancestry and name after it executed" forks "forks;father;grandfather;"
chain_is "its name after it renamed itself" after-exec "after-exec;father;grandfather;"

# shellcheck disable=SC2016
recorded "an orphan is recorded" --probe=vfs_read -- bash -c '"$1" --calls 50 --orphan; sleep 2' bash "$scratch/forks"
equal "an orphan has its hits" 50 "$(stacks "$scratch/report" ^ after-exec | wc -l)"
equal "an orphan's ancestry has neither dead parent nor grandparent" 0 "$(stacks "$scratch/report" ^ after-exec | grep -c father)"
finish
