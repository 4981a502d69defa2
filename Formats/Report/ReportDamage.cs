namespace Diagnose.Formats.Report;

/// <summary>What a report's text lost: how many places could not be read, and where and why for the first few.</summary>
public sealed class ReportDamage
{
    /// <summary>How many places are kept with their reason; the rest are only counted.</summary>
    public const int Kept = 16;

    private readonly List<Place> _places = [];

    /// <summary>One place in the text that could not be read.</summary>
    /// <param name="Offset">Byte offset in the text.</param>
    /// <param name="Line">Line number, from 1.</param>
    /// <param name="Reason">Why, in plain words.</param>
    public readonly record struct Place(long Offset, long Line, string Reason);

    /// <summary>How many places were damaged.</summary>
    public long Count { get; private set; }

    /// <summary>How many hits were left out because they were damaged.</summary>
    public long HitsLeftOut { get; private set; }

    /// <summary>The first places, in the order they were met.</summary>
    public IReadOnlyList<Place> Places => _places;

    /// <summary>Whether the next place will be kept, so that its line number is worth counting.</summary>
    internal bool KeepsNext => _places.Count < Kept;

    internal void Add(long offset, long line, string reason, bool hitLeftOut)
    {
        Count++;
        if (hitLeftOut)
            HitsLeftOut++;
        if (KeepsNext)
            _places.Add(new Place(offset, line, reason));
    }
}
