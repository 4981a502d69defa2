using Diagnose.Analyze.Stacks;
using Diagnose.Formats.Report;

namespace Diagnose.Analyze.Flame;

/// <summary>What the flame command makes of its input before it draws.</summary>
/// <param name="Stacks">The merged stacks.</param>
/// <param name="Hits">How many hits were read.</param>
/// <param name="Damage">What could not be read.</param>
public sealed record FlameInput(MergedStacks Stacks, long Hits, ReportDamage Damage)
{
    /// <summary>Reads the text of a report to its end.</summary>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static FlameInput FromReport(Stream text)
    {
        var tree = new FlameTree(new NameTable());
        var damage = new ReportDamage();
        var folder = new ReportFolder(tree, damage);
        folder.Fold(text);
        return new FlameInput(tree.Merge(), folder.Hits, damage);
    }
}
