using System.Text;
using Diagnose.Formats.Report;

namespace Diagnose.Analyze.Filters;

/// <summary>
/// A cgroup as a person names it: its path, or the last part of the path; with a <c>/</c> behind it also every cgroup below.
/// </summary>
public sealed class CgroupPattern
{
    private readonly byte[] _name;
    private readonly bool _withChildren;

    public CgroupPattern(string text)
    {
        _withChildren = text.Length > 1 && text[^1] == '/';
        _name = Encoding.UTF8.GetBytes(_withChildren ? text.TrimEnd('/') : text);
        NeedsPath = _withChildren || (text.Length > 1 && text.Contains('/', StringComparison.Ordinal));
    }

    /// <summary>True where the last part of a cgroup's path does not tell whether it is meant.</summary>
    public bool NeedsPath { get; }

    /// <param name="path">The whole path, or its last part where nothing else is known.</param>
    public bool Matches(ReadOnlySpan<byte> path)
    {
        if (Is(path) || Is(CgroupName.Of(path)))
            return true;
        for (int slash; _withChildren && (slash = path.LastIndexOf((byte)'/')) >= 0;)
        {
            path = path[..slash];
            if (Is(path) || (!path.IsEmpty && Is(CgroupName.Of(path))))
                return true;
        }

        return false;
    }

    private bool Is(ReadOnlySpan<byte> name) => name.SequenceEqual(_name) || Printed.Same(name, _name);
}
