namespace Diagnose.Analyze.Stacks;

/// <summary>How two recordings are made comparable.</summary>
public enum Normalisation
{
    /// <summary>Hits of equal time.</summary>
    Duration,

    /// <summary>Shares of all hits.</summary>
    Hits,
}

/// <summary>
/// The stacks of two recordings as one: every node of either. A node's weight, its hits of both once they are comparable, is its
/// total in <see cref="Stacks"/>, so that what has vanished has as much room as what has appeared.
/// </summary>
public sealed class StackDifference
{
    /// <summary>Weight of a hit of the recording whose hits weigh less, unless the other's would weigh too much then.</summary>
    private const long Unit = 1024;

    /// <summary>What the hits of either weigh at most: whole numbers up to 2^53 are exact where a page or a share is made of them.</summary>
    private const double MostWeight = 1L << 52;

    private readonly long[] _before;
    private readonly long[] _after;
    private readonly long[] _selfBefore;
    private readonly long[] _selfAfter;

    private StackDifference(FlameTree union, int[] ofBefore, int[] ofAfter, MergedStacks before, MergedStacks after)
    {
        Stacks = union.Merge();
        _before = new long[Stacks.Count];
        _after = new long[Stacks.Count];
        _selfBefore = new long[Stacks.Count];
        _selfAfter = new long[Stacks.Count];
        Place(before, ofBefore, _before, _selfBefore);
        Place(after, ofAfter, _after, _selfAfter);
    }

    /// <summary>The nodes of both, by weight.</summary>
    public MergedStacks Stacks { get; }

    /// <summary>Weight of a hit of the earlier recording.</summary>
    public long BeforeScale { get; private init; }

    /// <summary>Weight of a hit of the later one.</summary>
    public long AfterScale { get; private init; }

    /// <summary>Hits of the earlier recording whose stack ends at the node or passes through.</summary>
    public long Before(int node) => _before[node];

    /// <summary>The same of the later one.</summary>
    public long After(int node) => _after[node];

    /// <summary>Hits of the earlier recording whose stack ends at the node.</summary>
    public long SelfBefore(int node) => _selfBefore[node];

    /// <summary>The same of the later one.</summary>
    public long SelfAfter(int node) => _selfAfter[node];

    /// <summary>Puts two recordings, with hits both and with names of one table, side by side.</summary>
    /// <param name="ratio">How many hits of the later recording one of the earlier compares to; more than 0.</param>
    public static StackDifference Of(MergedStacks before, MergedStacks after, double ratio)
    {
        var (beforeScale, afterScale) = Scales(before.Hits, after.Hits, ratio);
        var union = new FlameTree(before.Names);
        var ofBefore = Add(union, before, beforeScale);
        var ofAfter = Add(union, after, afterScale);
        return new StackDifference(union, ofBefore, ofAfter, before, after) { BeforeScale = beforeScale, AfterScale = afterScale };
    }

    /// <summary>Counts functions that only one of the recordings has.</summary>
    public (int Appeared, int Vanished) OneSided()
    {
        var functions = new Dictionary<(int Name, FrameKind Kind), (bool Before, bool After)>();
        for (var node = 1; node < Stacks.Count; node++)
        {
            var function = (Stacks.NameNumber(node), Stacks.Kind(node));
            var (was, isThere) = functions.GetValueOrDefault(function);
            functions[function] = (was || _before[node] > 0, isThere || _after[node] > 0);
        }
        return (functions.Values.Count(function => !function.Before), functions.Values.Count(function => !function.After));
    }

    /// <summary>
    /// Whether hits can weigh so much more in one recording than in the other. Where the lighter ones would have to weigh less than
    /// one, only shares can be compared.
    /// </summary>
    public static bool CanScale(long before, long after, double ratio) => UnitOf(before, after, ratio) >= 1;

    private static double UnitOf(long before, long after, double ratio) => Math.Min(Unit, ratio >= 1
        ? Math.Min(MostWeight / (before * ratio), MostWeight / after) : Math.Min(MostWeight / before, MostWeight / (after / ratio)));

    private static (long Before, long After) Scales(long before, long after, double ratio)
    {
        var unit = (long)Math.Max(1, UnitOf(before, after, ratio));
        return ratio >= 1 ? ((long)Math.Round(unit * ratio), unit) : (unit, (long)Math.Round(unit / ratio));
    }

    private static int[] Add(FlameTree union, MergedStacks stacks, long scale)
    {
        var places = new int[stacks.Count];
        for (var node = 1; node < stacks.Count; node++)
        {
            var kind = stacks.Kind(node);
            places[node] = union.Child(places[stacks.Parent(node)], stacks.NameNumber(node), kind == FrameKind.Managed ? FrameKind.User : kind);
            if (kind is FrameKind.User or FrameKind.Managed)
                union.Tell(places[node], stacks.ModuleNumber(node), kind == FrameKind.Managed);
            union.Add(places[node], checked(stacks.Self(node) * scale));
        }
        return places;
    }

    private void Place(MergedStacks stacks, int[] places, long[] totals, long[] self)
    {
        for (var node = 0; node < stacks.Count; node++)
        {
            totals[Stacks.Place(places[node])] = stacks.Total(node);
            self[Stacks.Place(places[node])] = stacks.Self(node);
        }
    }
}
