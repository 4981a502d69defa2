namespace Diagnose.Formats.PerfData;

/// <summary>Something in the file that could not be read, or that is missing from it.</summary>
/// <param name="Offset">Where in the file; for damage inside compressed records, where the compressed record starts.</param>
public readonly record struct PerfDataDamage(long Offset, string Reason)
{
    public override string ToString() => $"offset {Offset}: {Reason}";
}
