# The text of "perf script -F comm,tid,time,ip,sym --ns" → folded stacks of the workload's loop, root first, as fold-ours.awk
# gives them, each hit once. How many stood there twice goes to the file named by "doubled", and the stacks with those counted
# twice to the one named by "everything".
function hit() {
    if (wanted && (";" stack ";") ~ /;start;/) {
        total[stack]++
        if (time == last[thread]) twice++
        else counts[stack]++
        last[thread] = time
    }
    wanted = 0
    stack = ""
}
/^[^ \t]/ { hit(); wanted = $1 == "workload"; thread = $2; time = $3 }
/^[ \t]+[0-9a-f]/ { if (wanted) stack = ($2 == "[unknown]" ? "UNKNOWN" : $2) (stack == "" ? "" : ";" stack) }
END {
    hit()
    for (stack in counts) print stack, counts[stack]
    print twice + 0 > doubled
    for (stack in total) print stack, total[stack] > everything
}
