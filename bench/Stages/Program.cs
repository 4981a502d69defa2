using BenchmarkDotNet.Running;
using Diagnose.Bench.Stages.Output;

bool isShort = args.Contains("--short");
string[] rest = [.. args.Where(arg => arg != "--short")];
if (rest is [var filter] && !filter.StartsWith('-'))
    rest = ["--filter", $"*{filter}*"];
else if (rest.Length == 0)
    rest = ["--filter", "*"];
var summaries = BenchmarkSwitcher.FromAssembly(typeof(StageConfig).Assembly).Run(rest, new StageConfig(isShort));
return summaries.Any() && summaries.All(summary => !summary.HasCriticalValidationErrors && summary.Reports.All(report => report.Success)) ? 0 : 1;
