using System.Globalization;
using Diagnose.Formats.PerfData;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Import;

/// <summary>What a file says about where and how it was recorded, for each segment.</summary>
internal static class PerfDataFacts
{
    public static void Write(PerfDataReader reader, DefinitionWriter definitions)
    {
        PerfDataFeatures features = reader.Features;
        string? version = typeof(PerfDataFacts).Assembly.GetName().Version?.ToString(3);
        definitions.Meta("tool", $"perf {features.Version ?? "of unknown version"}, imported by diagnose-analyze {version}");
        Add("host", features.Hostname);
        Add("kernel", features.OsRelease);
        Add("machine", features.Arch);
        if (features.CpusOnline is { } online)
            Add("cpus.online", string.Create(CultureInfo.InvariantCulture, $"{online} of {features.CpusAvailable}"));
        Add("command", string.Join(' ', features.CommandLine));
        // The clock of records counts from boot; perf knows the date only where it was told which clock to take.
        if (features.ClockData is { } clock && reader.Events.Any(e => e.Attr.UseClockId && e.Attr.ClockId == clock.ClockId))
            definitions.Clock(new ClockRow(clock.ClockTime, clock.WallClock));

        void Add(string key, string? value)
        {
            if (!string.IsNullOrEmpty(value))
                definitions.Meta(key, value);
        }
    }
}
