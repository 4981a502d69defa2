namespace Diagnose.Formats.Report;

/// <summary>What stands between the brackets of <c>CGROUP:[…]</c>.</summary>
public static class CgroupName
{
    /// <summary>The last part of the path, as the kernel names a cgroup; the root is <c>/</c>.</summary>
    public static ReadOnlySpan<byte> Of(ReadOnlySpan<byte> path)
    {
        ReadOnlySpan<byte> trimmed = path.TrimEnd((byte)'/');
        return trimmed.IsEmpty ? path[..Math.Min(1, path.Length)] : trimmed[(trimmed.LastIndexOf((byte)'/') + 1)..];
    }
}
