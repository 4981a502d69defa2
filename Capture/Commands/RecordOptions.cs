using Diagnose.Capture.Recording;

namespace Diagnose.Capture.Commands;

/// <summary>What a person asked <c>record</c> for.</summary>
internal sealed record RecordOptions : RecordingRequest
{
    /// <summary>Seconds, 0 for no end.</summary>
    public double Duration { get; init; }

    /// <summary>The trace file, <c>-</c> for standard output.</summary>
    public string Output { get; init; } = "diagnose.dtt";

    /// <summary>The command and its arguments; empty for none.</summary>
    public string[] Command { get; init; } = [];
}
