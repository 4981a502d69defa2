using Diagnose.Analyze.Stacks;

namespace Diagnose.Analyze.Top;

/// <summary>A function, and the hits that it has to do with.</summary>
/// <param name="Name">As the graph shows it.</param>
/// <param name="Self">Hits whose stack ends in it.</param>
/// <param name="Total">Hits with it anywhere in their stack, each once.</param>
/// <param name="Callers">Who called it the first time in a stack, with the hits of each, which add up to the total; those with the most first.</param>
public readonly record struct HotFunction(string Name, FrameKind Kind, long Self, long Total, IReadOnlyList<(string Name, long Hits)> Callers);
