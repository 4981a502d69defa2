namespace Diagnose.Commands;

/// <summary>Where the background recorder leaves what it records: one program writes there, and both look.</summary>
internal static class RecorderPlace
{
    public const string Run = "/run/diagnose-tools", Lib = "/var/lib/diagnose-tools";

    public const string Spool = Lib + "/spool";

    /// <summary>There while a recorder runs; its first line is the recorder's process id.</summary>
    public const string Note = Run + "/kprobe.active";

    /// <summary>A segment's file has a number, which counts up, and then one of these: it is being written, or it is finished.</summary>
    public const string LiveExtension = ".live", FinishedExtension = ".dtt";
}
