# What "flame --format=folded" writes → folded stacks of the workload's loop: without cgroup, processes and thread, whose last
# is named workload, and hits of both its processes together.
{
    if (!match($0, /.*;workload;/)) next
    count = $NF
    stack = substr($0, RLENGTH + 1)
    sub(/ [0-9]+$/, "", stack)
    if ((";" stack ";") ~ /;start;/) counts[stack] += count
}
END { for (stack in counts) print stack, counts[stack] }
