using System.Globalization;
using Diagnose.Capture.Linux;
using Diagnose.Formats.Trace;

namespace Diagnose.Capture.Recording;

/// <summary>What each segment of a trace says about where and how it was made.</summary>
internal sealed class TraceFacts(RecordingRequest request, RecordingSource source, string[] command)
{
    private readonly HostInfo _host = HostInfo.Read();

    public void Write(DefinitionWriter definitions)
    {
        definitions.Meta("tool", "diagnose-capture " + typeof(TraceFacts).Assembly.GetName().Version?.ToString(3));
        definitions.Meta("host", _host.Hostname);
        definitions.Meta("kernel", $"{_host.Release} {_host.Version}");
        definitions.Meta("machine", _host.Machine);
        definitions.Meta("boot", _host.BootId);
        definitions.Meta("probe", request.Probe.ToString());
        definitions.Meta("cpus", CpuList.Format(source.Cpus));
        definitions.Meta("user-stack", source.UserStack.ToString());
        definitions.Meta("cpus.online", CpuList.Format(_host.OnlineCpus));
        if (request.Tgid != 0)
            definitions.Meta("filter.tgid", request.Tgid.ToString(CultureInfo.InvariantCulture));
        if (request.Pid != 0)
            definitions.Meta("filter.pid", request.Pid.ToString(CultureInfo.InvariantCulture));
        if (request.Comm is not null)
            definitions.Meta("filter.comm", request.Comm);
        if (request.Cpus is not null)
            definitions.Meta("filter.cpu", request.Cpus);
        if (command.Length > 0)
            definitions.Meta("command", string.Join(' ', command));
    }
}
