using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace Diagnose.Bench.Stages.Output;

/// <summary>A column worked out from the mean time, or the memory, of one operation and what it works through.</summary>
internal sealed class ThroughputColumn : IColumn
{
    private readonly Func<Workload, BenchmarkReport, string> _value;

    private ThroughputColumn(string name, string legend, Func<Workload, BenchmarkReport, string> value)
    {
        ColumnName = name;
        Legend = legend;
        _value = value;
    }

    public static ThroughputColumn Items { get; } = new("Throughput", "Millions of hits (or what it names) a second, on one core if nothing else is said",
        (work, report) => Format($"{work.Items / Nanoseconds(report) * 1000:0.0} M {work.Unit}/s"));

    public static ThroughputColumn Bytes { get; } = new("MB/s", "10^6 bytes of the stage's input (or output, where it writes) a second",
        (work, report) => work.Bytes == 0 ? "-" : Format($"{work.Bytes / Nanoseconds(report) * 1000:0}"));

    public static ThroughputColumn Allocated { get; } = new("B/item", "Bytes allocated for each hit (or what Throughput names)",
        (work, report) => Format($"{(report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase) ?? 0) / (double)work.Items:0.00}"));

    public string Id => ColumnName;

    public string ColumnName { get; }

    public bool AlwaysShow => true;

    public ColumnCategory Category => ColumnCategory.Statistics;

    public int PriorityInCategory => 100;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    public string Legend { get; }

    public bool IsAvailable(Summary summary) => true;

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase) =>
        Workload.Of(benchmarkCase) is { } work && summary[benchmarkCase] is { ResultStatistics: not null } report
            ? _value(work, report) : "?";

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);

    private static double Nanoseconds(BenchmarkReport report) => report.ResultStatistics!.Mean;

    private static string Format(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
