namespace Diagnose.Capture.Linux;

/// <summary>What is used of <c>/proc/PID/status</c> (proc_pid_status(5)).</summary>
public readonly record struct ProcStatus
{
    /// <summary>Process (thread group) id.</summary>
    public int Tgid { get; private init; }

    /// <summary>Real user id.</summary>
    public uint Uid { get; private init; }

    /// <summary>The process's id in its own, innermost pid namespace: the one it names its JIT map file by.</summary>
    public int NamespacePid { get; private init; }

    /// <summary>Pid namespaces the process is seen in from here; more than 1 inside a container.</summary>
    public int NamespaceDepth { get; private init; }

    /// <summary>The same where it is another than the id seen from here, else 0.</summary>
    public int InnerPid => NamespaceDepth > 1 && NamespacePid != Tgid ? NamespacePid : 0;

    /// <summary>Effective capabilities, a bit each.</summary>
    public ulong EffectiveCapabilities { get; private init; }

    /// <summary>Reads the file's text; false when it lacks the process id.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out ProcStatus status)
    {
        ulong tgid = 0, uid = 0, inner = 0, capabilities = 0;
        var depth = 0;
        while (!text.IsEmpty)
        {
            var value = Digits.TakeUntil(ref text, (byte)'\n');
            var key = Digits.TakeUntil(ref value, (byte)':');
            value = value.Trim(" \t"u8);
            if (key.SequenceEqual("Tgid"u8)) _ = Digits.TryParse(value, out tgid);
            else if (key.SequenceEqual("Uid"u8)) _ = Digits.TryParse(Digits.TakeUntil(ref value, (byte)'\t'), out uid);
            else if (key.SequenceEqual("CapEff"u8)) _ = Digits.TryParseHex(value, out capabilities);
            else if (key.SequenceEqual("NSpid"u8))
                for (; !value.IsEmpty; depth++) _ = Digits.TryParse(Digits.TakeUntil(ref value, (byte)'\t'), out inner);
        }

        status = new ProcStatus
        {
            Tgid = (int)tgid,
            Uid = (uint)uid,
            // Kernels before 4.1 have no NSpid.
            NamespacePid = inner == 0 ? (int)tgid : (int)inner,
            NamespaceDepth = Math.Max(1, depth),
            EffectiveCapabilities = capabilities,
        };
        return tgid != 0;
    }
}
