namespace Diagnose.Bench.Generate;

/// <summary>Names that look like those of real machines, a different one for each number.</summary>
internal static class MadeNames
{
    private static readonly string[] s_what =
    [
        "tcp", "vfs", "ext4", "skb", "page", "inode", "futex", "sched", "timer", "bio", "dentry", "socket",
        "buffer", "cache", "queue", "order", "session", "index", "json", "http", "sql", "token", "list", "tree",
    ];

    private static readonly string[] s_does =
    [
        "read", "write", "alloc", "free", "get", "put", "lookup", "insert", "remove", "lock", "unlock", "wait",
        "wake", "send", "receive", "parse", "format", "copy", "flush", "commit", "start", "finish", "check", "update",
    ];

    private static readonly string[] s_how =
        ["slow", "fast", "locked", "nowait", "common", "one", "all", "range", "begin", "end", "entry", "iter", "cached", "user", "bulk", "inner"];

    public static readonly string[] Programs =
        ["shopd", "postgres", "nginx", "java", "python3", "redis-server", "node", "gzip", "sshd", "etcd"];

    /// <summary>A C function's name.</summary>
    public static string Function(int number)
    {
        string name = $"{s_what[number % s_what.Length]}_{s_does[number / s_what.Length % s_does.Length]}";
        int rest = number / (s_what.Length * s_does.Length);
        for (; rest > 0; rest /= s_how.Length + 1)
            name += "_" + s_how[(rest - 1) % s_how.Length];
        return name;
    }

    /// <summary>A C++ function's name as linkers write it.</summary>
    public static string CppFunction(string scope, int number)
    {
        string name = Function(number);
        return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"_ZN{scope.Length}{scope}{name.Length}{name}EPKcm");
    }
}
