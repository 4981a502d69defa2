using System.Globalization;
using System.Text;
using Diagnose.Formats.PerfData;
using Diagnose.Formats.PerfEvents;

namespace Diagnose.Formats.Tests.PerfData;

/// <summary>What our reader reads, in the words of <c>record.sh</c>.</summary>
internal static class ReadText
{
    /// <summary>The samples in the order they come in.</summary>
    public static List<string> Samples(PerfDataReader reader)
    {
        var lines = new List<string>();
        while (reader.MoveNext())
            if (reader.Current.Kind == RecordKind.Sample)
                lines.Add(Sample(reader.Current));
        return lines;
    }

    public static string Sample(PerfDataRecord record)
    {
        Assert.True(record.Layout.TryParseSample(record.Bytes, out var sample));
        // perf takes the period of the attribute where samples have none.
        var period = record.Layout.Has(SampleFormat.Period) ? sample.Period : record.Event.Attr.SamplePeriod;
        var chain = string.Join(',', sample.Callchain.ToArray().Select(ip => ip.ToString("x16", CultureInfo.InvariantCulture)));
        return $"sample {record.Event.Name} {sample.Pid} {sample.Tid} {sample.Cpu} {sample.Time} {period} {(chain.Length == 0 ? "-" : chain)}";
    }

    /// <summary>How often each kind came, by perf's names.</summary>
    public static string[] Kinds(PerfDataReader reader)
    {
        var lines = new List<string>();
        foreach (var kind in Enum.GetValues<RecordKind>()) Add(kind.ToString(), reader.Counts.Of(kind));
        foreach (var kind in Enum.GetValues<UserRecordKind>()) Add(kind.ToString(), reader.Counts.Of(kind));
        return [.. lines];

        void Add(string name, long count)
        {
            var words = string.Concat(name.Select((letter, at) => char.IsUpper(letter) && at > 0 ? "_" + letter : letter.ToString()));
            if (count > 0) lines.Add($"kind {words.ToUpperInvariant().Replace("HEADER_", "", StringComparison.Ordinal)} {count}");
        }
    }

    public static string[] Header(PerfDataFeatures of) =>
    [
        $"header hostname={of.Hostname}", $"header os release={of.OsRelease}", $"header perf version={of.Version}", $"header arch={of.Arch}",
        $"header nrcpus online={of.CpusOnline}", $"header nrcpus avail={of.CpusAvailable}", $"header cpudesc={of.CpuDesc}",
        $"header cpuid={of.CpuId}", $"header total memory={of.TotalMem} kB",
    ];

    public static string[] BuildIds(PerfDataFeatures of) =>
        [.. of.BuildIds.Select(entry => $"buildid {Convert.ToHexStringLower(entry.BuildId.Span)} {Encoding.UTF8.GetString(entry.Filename.Span)}")];

    /// <summary>Every record and its fields, however the file was written: for comparing one file with another.</summary>
    public static string Whole(PerfDataReader reader)
    {
        var text = new StringBuilder();
        while (reader.MoveNext()) text.AppendLine(CultureInfo.InvariantCulture, $"{reader.Current.Time} {Convert.ToHexString(reader.Current.Bytes)}");
        return text.ToString();
    }
}
