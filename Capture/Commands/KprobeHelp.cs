namespace Diagnose.Capture.Commands;

/// <summary>The documented lines, then in the same form what the documented page does not know.</summary>
internal static class KprobeHelp
{
    public const string Text = """
            kprobe usage:
                --help kprobe help info
                --activate
                    verbose VERBOSE
                    tgid process group that monitored
                    pid thread id that monitored
                    comm comm that monitored
                    cpu cpu-list that monitored
                    probe function that monitored
                    dump-style dump style for kprobe. dump to dmesg if it is 1.
                --deactivate
                --report dump log with text.
                --settings dump settings.
                --activate, further
                    sample-step keep one hit of so many on each cpu.
                    raw-stack copy 16 KiB of each user stack and unwind it if it is 1, or so many bytes. frame pointers if not given.
                    spool-mb keep at most so many MiB of hits on disk. 1024 if not given.
                    no-dotnet ask no .NET process for the names of its methods if it is 1.
                --report, further
                    out=FILE move the hits to FILE, a trace, instead of printing them.
                    in=FILE print the hits of FILE, such a trace.
                    inlist=FILE print the hits of the traces that FILE names, one on a line.
                    console=1 print the hits of the traces named on standard input.
                --settings, further
                    json=1 dump settings with json.

        """;
}
