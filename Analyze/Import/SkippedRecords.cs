using System.Globalization;
using Diagnose.Formats.PerfData;
using Diagnose.Formats.PerfEvents;

namespace Diagnose.Analyze.Import;

/// <summary>Counts what a file holds and the trace does not, and says it on one line.</summary>
internal sealed class SkippedRecords(PerfDataReader reader)
{
    private long _untimed, _grouped;

    /// <summary>Looks at what an event asked for, with each of its samples.</summary>
    public void Look(SampleLayout layout)
    {
        if (!layout.Has(SampleFormat.Time))
            _untimed++;
        if (layout.Has(SampleFormat.Read) && (layout.ReadFormat & ReadFormat.Group) != 0)
            _grouped++;
    }

    /// <summary>What was taken, and may not be as it should; null for nothing.</summary>
    public string? Remark => reader.Counts.Unordered == 0 ? null
        : string.Create(CultureInfo.InvariantCulture, $"{reader.Counts.Unordered} records came after later ones: processes may have had other names then");

    /// <param name="badSideBand">Records about processes and mappings that could not be decoded.</param>
    public string? Text(ulong badSideBand)
    {
        PerfDataCounts counts = reader.Counts;
        List<string> parts = [];
        Add(counts.UnknownKind, "records of unknown kinds");
        Add(counts.UnknownId, "records of no event that the file has");
        Add(counts.UnknownLayout, "records of events that ask for unknown fields");
        Add(counts.Malformed + (long)badSideBand, "records that are too short for what they should hold");
        Add(counts.Of(UserRecordKind.AuxTrace), "blocks of AUX data");
        string? text = parts.Count == 0 ? null : $"skipped: {string.Join(", ", parts)}";
        parts.Clear();
        Add(_untimed, "samples have no time");
        Add(_grouped, "samples are of a group of events that was read together, of which only the leader's hits are taken");
        if (parts.Count > 0)
            text = $"{(text is null ? "" : text + "; ")}{string.Join("; ", parts)}";
        return text;

        void Add(long count, string what)
        {
            if (count > 0)
                parts.Add(string.Create(CultureInfo.InvariantCulture, $"{count} {what}"));
        }
    }
}
