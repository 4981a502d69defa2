using System.Diagnostics.Tracing;
using System.Globalization;

namespace Diagnose.Formats.Tests.DotNet;

/// <summary>
/// What the runtime that runs these tests says of methods that were compiled ahead of time, as it takes them into use: names, and
/// where their code is.
/// </summary>
internal sealed class RuntimeMethods : EventListener
{
    private const string Runtime = "Microsoft-Windows-DotNETRuntime";
    private const EventKeywords CompilationDiagnostic = (EventKeywords)0x2000000000;

    private readonly List<(string Type, string Name, ulong EntryPoint)> _methods = [];

    /// <summary>All that were taken into use so far.</summary>
    public (string Type, string Name, ulong EntryPoint)[] Methods
    {
        get
        {
            lock (_methods)
                return [.. _methods];
        }
    }

    /// <summary>Where its code lies in a file, by the mappings of this process; null where it is in none.</summary>
    public static (string Path, ulong Offset)? PlaceOf(ulong address)
    {
        foreach (string line in File.ReadLines("/proc/self/maps"))
        {
            string[] parts = line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries);
            string[] range = parts[0].Split('-');
            ulong start = Number(range[0]);
            if (address >= start && address < Number(range[1]))
                return parts.Length == 6 && parts[5].EndsWith(".dll", StringComparison.Ordinal)
                    ? (parts[5], address - start + Number(parts[2])) : null;
        }

        return null;
    }

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == Runtime)
            EnableEvents(eventSource, EventLevel.Verbose, CompilationDiagnostic);
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (eventData.EventName != "R2RGetEntryPoint" || eventData.Payload is not [_, string type, string name, _, ulong entry, ..])
            return;
        lock (_methods)
            _methods.Add((type, name, entry));
    }

    private static ulong Number(string text) => ulong.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
