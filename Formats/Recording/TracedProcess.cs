namespace Diagnose.Formats.Recording;

/// <summary>A process as it is at the moment that the recorder has come to.</summary>
internal sealed class TracedProcess(int pid, AddressSpace space)
{
    public int Pid { get; } = pid;

    /// <summary>The group leader's name, as a string id of the trace.</summary>
    public int Comm { get; set; }

    /// <summary>Null for pid 1, kthreadd, and where nobody knows.</summary>
    public TracedProcess? Parent
    {
        get;
        set
        {
            if (field is not null)
                field.Children--;
            field = value;
            if (value is not null)
                value.Children++;
        }
    }

    /// <summary>Live processes that have this one as parent.</summary>
    public int Children { get; set; }

    public bool IsKernelThread { get; set; }

    /// <summary>True for the recorded command and every process that descends from it, whoever their parent is by now.</summary>
    public bool IsFamily { get; set; }

    public AddressSpace Space { get; set; } = space;

    /// <summary>Number of its cgroup in <see cref="CgroupTable"/>, for hits that carry none; 0 until it was read.</summary>
    public int Cgroup { get; set; }

    /// <summary>Some hit of it was recorded.</summary>
    public bool WasHit { get; set; }

    /// <summary>Its id in its own pid namespace, 0 where that is the same or cannot be known; null where nobody looked.</summary>
    public int? InnerPid { get; set; }

    /// <summary>User that it ran as when it was last looked at, null where nobody looked.</summary>
    public uint? Uid { get; set; }

    public int Threads { get; set; }

    /// <summary>Set once the process has no thread left; its children belong to somebody else from then on.</summary>
    public bool HasExited { get; set; }

    // The chain that was last interned for this process, and what it was made of.
    public int Chain { get; set; }

    public int ChainComm { get; set; }

    public int ChainParent { get; set; }
}

/// <summary>A thread; hits belong to threads.</summary>
internal sealed class TracedThread(int tid, TracedProcess process)
{
    public int Tid { get; } = tid;

    public TracedProcess Process { get; set; } = process;

    /// <summary>String id of the thread's own name.</summary>
    public int Comm { get; set; }

    // The context that its last hit had, valid as long as nothing changed anywhere (see ProcessTable.Epoch).
    public ulong Epoch { get; set; }

    public ulong CgroupId { get; set; }

    public int Context { get; set; }

    /// <summary>When its exit record was seen; it can still be hit on its last steps.</summary>
    public ulong ExitTime { get; set; }
}
