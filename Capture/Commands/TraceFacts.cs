using System.Globalization;
using Diagnose.Capture.Linux;
using Diagnose.Formats.Trace;

namespace Diagnose.Capture.Commands;

/// <summary>What a trace says about where and how it was made.</summary>
internal static class TraceFacts
{
    public static void Write(DefinitionWriter definitions, RecordOptions options, HostInfo host, int[] cpus)
    {
        definitions.Meta("tool", "diagnose-capture " + typeof(TraceFacts).Assembly.GetName().Version?.ToString(3));
        definitions.Meta("host", host.Hostname);
        definitions.Meta("kernel", $"{host.Release} {host.Version}");
        definitions.Meta("machine", host.Machine);
        definitions.Meta("boot", host.BootId);
        definitions.Meta("probe", options.Probe.ToString());
        definitions.Meta("cpus", CpuList.Format(cpus));
        definitions.Meta("cpus.online", CpuList.Format(host.OnlineCpus));
        if (options.Tgid != 0)
            definitions.Meta("filter.tgid", options.Tgid.ToString(CultureInfo.InvariantCulture));
        if (options.Pid != 0)
            definitions.Meta("filter.pid", options.Pid.ToString(CultureInfo.InvariantCulture));
        if (options.Comm is not null)
            definitions.Meta("filter.comm", options.Comm);
        if (options.Cpus is not null)
            definitions.Meta("filter.cpu", options.Cpus);
        if (options.Command.Length > 0)
            definitions.Meta("command", string.Join(' ', options.Command));
    }
}
