namespace Diagnose.Formats.PerfScript;

/// <summary>What of the text was passed over, in the words in which it is told.</summary>
public enum SkipReason
{
    /// <summary>A line that is neither a hit, a frame, a comment nor a record.</summary>
    NotUnderstood,

    /// <summary>Frames under no hit: its first line is missing, or was not understood.</summary>
    FramesOutside,

    /// <summary>A line between a hit's frames: a source line, registers, branches, more text of the event.</summary>
    ExtraLine,

    /// <summary>A frame line without an address and a name, or cut inside its module.</summary>
    BrokenFrame,

    /// <summary>More frames than <see cref="PerfScriptReader.MaxFrames"/>: the outermost are left out.</summary>
    TooManyFrames,

    /// <summary>A hit longer than <see cref="PerfScriptReader.MaxHitLength"/>, left out.</summary>
    HitTooLong,

    /// <summary>A line longer than <see cref="PerfScriptReader.MaxLineLength"/>.</summary>
    LineTooLong,
}

/// <summary>One reason why something was passed over: how often, and where first.</summary>
/// <param name="Count">How many places.</param>
/// <param name="Offset">Byte offset in the text of the first.</param>
/// <param name="Line">Its line number, from 1.</param>
public readonly record struct SkippedPlace(SkipReason Reason, long Count, long Offset, long Line)
{
    /// <summary>Whether hits or frames may be missing for it.</summary>
    public bool IsDamage => Reason != SkipReason.ExtraLine;

    /// <summary>In plain words.</summary>
    public string Text => Reason switch
    {
        SkipReason.NotUnderstood => "neither a hit nor a frame",
        SkipReason.FramesOutside => "frames outside of any hit",
        SkipReason.ExtraLine => "not a frame but between a hit's frames (source lines, registers and the like are not read)",
        SkipReason.BrokenFrame => "the frame cannot be read",
        SkipReason.TooManyFrames => "the hit has more than 4096 frames; the outermost are left out",
        SkipReason.HitTooLong => "the hit is longer than 4 MiB and left out",
        _ => "the line is longer than 1 MiB",
    };

    public override string ToString() =>
        Count == 1 ? $"line {Line}, offset {Offset}: {Text}" : $"line {Line}, offset {Offset}: {Text} ({Count} such places)";
}

/// <summary>Everything that was passed over in a text, by reason: as little memory for a million places as for one.</summary>
public sealed class SkippedLines
{
    private readonly SkippedPlace[] _places = [.. Enum.GetValues<SkipReason>().Select(reason => new SkippedPlace(reason, 0, 0, 0))];

    /// <summary>How many places there are.</summary>
    public long Count { get; private set; }

    /// <summary>Hits that are missing for what was passed over, as far as that can be told.</summary>
    public long HitsLeftOut { get; private set; }

    /// <summary>Whether anything but extra lines was passed over.</summary>
    public bool IsDamage => _places.Any(place => place.Count > 0 && place.IsDamage);

    /// <summary>Each reason that occurred, in the order of the first places.</summary>
    public IEnumerable<SkippedPlace> Places => _places.Where(place => place.Count > 0).OrderBy(place => place.Offset);

    /// <summary>Places passed over for one reason.</summary>
    public long CountOf(SkipReason reason) => _places[(int)reason].Count;

    internal void Add(SkipReason reason, long offset, long line, bool hitLeftOut = false)
    {
        ref SkippedPlace place = ref _places[(int)reason];
        place = place.Count == 0 ? new SkippedPlace(reason, 1, offset, line) : place with { Count = place.Count + 1 };
        Count++;
        if (hitLeftOut)
            HitsLeftOut++;
    }
}
