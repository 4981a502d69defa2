using Diagnose.Capture.Probes;

namespace Diagnose.Capture.Recording;

/// <summary>What is to be recorded, and of whom.</summary>
internal record RecordingRequest
{
    public required Probe Probe { get; init; }

    /// <summary>Process, 0 for every one.</summary>
    public int Tgid { get; init; }

    /// <summary>Thread, 0 for every one.</summary>
    public int Pid { get; init; }

    /// <summary>Name of the process, null for every one.</summary>
    public string? Comm { get; init; }

    /// <summary>The same as the kernel keeps it (TASK_COMM_LEN): bytes, of which a longer name could never be met.</summary>
    public ReadOnlySpan<byte> KernelComm
    {
        get
        {
            const int most = 15;
            ReadOnlySpan<byte> bytes = System.Text.Encoding.UTF8.GetBytes(Comm ?? "");
            return bytes[..Math.Min(bytes.Length, most)];
        }
    }

    /// <summary>CPUs as written, null for all.</summary>
    public string? Cpus { get; init; }

    /// <summary>Events for each hit, 0 for the probe's default.</summary>
    public ulong Period { get; init; }

    /// <summary>Of the hits that the filters let through, one of so many is kept on each CPU; 0 or 1 for all.</summary>
    public ulong Step { get; init; }

    /// <summary>How user stacks are found, where the machine can.</summary>
    public UserStack UserStack { get; init; } = UserStack.FramePointer;

    /// <summary>Leave .NET processes alone, whose methods are then unnamed unless they write perf maps anyway.</summary>
    public bool NoDotNet { get; init; }

    /// <summary>Ring for each CPU, in MiB; 0 for what suits the hits' size.</summary>
    public int RingMegabytes { get; init; }

    /// <summary>Record only the command and what it starts.</summary>
    public bool CommandOnly { get; init; }
}
