using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Order;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace Diagnose.Bench.Stages.Output;

/// <summary>
/// How the stages are measured and what is shown of them. They run in this process: the inputs take longer to make than
/// to work through, and a process of its own for each stage would make them again.
/// </summary>
internal sealed class StageConfig : ManualConfig
{
    public StageConfig(bool isShort)
    {
        Job job = (isShort ? Job.ShortRun : Job.MediumRun.WithLaunchCount(1)).WithToolchain(InProcessEmitToolchain.Instance);
        AddJob(isShort ? job.WithWarmupCount(2).WithIterationCount(3) : job);
        AddDiagnoser(new MemoryDiagnoser(new MemoryDiagnoserConfig(displayGenColumns: false)));
        AddColumnProvider(DefaultColumnProviders.Descriptor, DefaultColumnProviders.Params, DefaultColumnProviders.Metrics);
        AddColumn(StatisticColumn.Mean, StatisticColumn.Error, ThroughputColumn.Items, ThroughputColumn.Bytes, ThroughputColumn.Allocated);
        AddLogger(ConsoleLogger.Default);
        AddExporter(MarkdownExporter.GitHub);
        WithOrderer(new DefaultOrderer(SummaryOrderPolicy.Declared));
        WithSummaryStyle(SummaryStyle.Default.WithMaxParameterColumnWidth(30));
        WithOptions(ConfigOptions.JoinSummary | ConfigOptions.DisableLogFile);
    }
}
