using Diagnose.Analyze.Filters;

namespace Diagnose.Analyze.Commands;

/// <summary>What <c>report</c> prints.</summary>
internal sealed record ReportOptions
{
    /// <summary>Which hits are printed.</summary>
    public HitFilters Filters { get; init; } = HitFilters.None;

    /// <summary>The most hits that are printed, of all files together.</summary>
    public long Limit { get; init; } = long.MaxValue;

    /// <summary>JSON lines instead of the documented text.</summary>
    public bool IsJson { get; init; }

    /// <summary>Delete each file that was printed.</summary>
    public bool Remove { get; init; }
}
