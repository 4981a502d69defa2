namespace Diagnose.Formats.PerfData;

/// <summary>Damage in the order it was met, up to a limit.</summary>
internal sealed class DamageLog(int limit)
{
    private readonly List<PerfDataDamage> entries = [];

    public IReadOnlyList<PerfDataDamage> Entries => entries;

    public void Add(long offset, string reason)
    {
        if (entries.Count < limit) entries.Add(new PerfDataDamage(offset, reason));
    }
}
