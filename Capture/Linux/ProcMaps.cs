namespace Diagnose.Capture.Linux;

/// <summary>Walks the mappings in the text of <c>/proc/PID/maps</c> (proc_pid_maps(5)).</summary>
public ref struct ProcMaps(Span<byte> text)
{
    private Span<byte> rest = text;

    /// <summary>The mapping found by the last <see cref="MoveNext"/>.</summary>
    public ProcMapping Current { get; private set; }

    public readonly ProcMaps GetEnumerator() => this;

    /// <summary>Moves to the next mapping, over lines of another form; false at the end.</summary>
    public bool MoveNext()
    {
        while (!rest.IsEmpty)
        {
            var end = rest.IndexOf((byte)'\n');
            var line = end < 0 ? rest : rest[..end];
            rest = end < 0 ? default : rest[(end + 1)..];
            if (!ProcMapping.TryParse(line, out var mapping)) continue;
            Current = mapping;
            return true;
        }

        return false;
    }
}

/// <summary>One line of <c>/proc/PID/maps</c>.</summary>
public readonly ref struct ProcMapping
{
    /// <summary>First address.</summary>
    public ulong Start { get; private init; }

    /// <summary>First address after it.</summary>
    public ulong End { get; private init; }

    /// <summary>Offset in the file, in bytes.</summary>
    public ulong PgOff { get; private init; }

    public bool IsReadable { get; private init; }

    public bool IsWritable { get; private init; }

    public bool IsExecutable { get; private init; }

    /// <summary>Major number of the file's device.</summary>
    public uint Major { get; private init; }

    public uint Minor { get; private init; }

    /// <summary>Inode of the file, 0 when there is none.</summary>
    public ulong Inode { get; private init; }

    /// <summary>Path of the file, or <c>[heap]</c>, <c>[vdso]</c>, <c>[anon:…]</c>, or empty.</summary>
    public ReadOnlySpan<byte> Path { get; private init; }

    /// <summary>True when the file was unlinked, as an upgrade does; the path then names nothing, or another file.</summary>
    public bool IsDeleted { get; private init; }

    /// <summary>Reads one line without its newline. A newline in the path, which the kernel writes as <c>\012</c>, is put back in place.</summary>
    public static bool TryParse(Span<byte> line, out ProcMapping mapping)
    {
        mapping = default;
        ReadOnlySpan<byte> rest = line;
        if (!Digits.TryParseHex(Digits.TakeUntil(ref rest, (byte)'-'), out var start)) return false;
        if (!Digits.TryParseHex(Digits.TakeUntil(ref rest, (byte)' '), out var end) || end < start) return false;
        var mode = Digits.TakeUntil(ref rest, (byte)' ');
        if (mode.Length != 4) return false;
        if (!Digits.TryParseHex(Digits.TakeUntil(ref rest, (byte)' '), out var offset)) return false;
        if (!Digits.TryParseHex(Digits.TakeUntil(ref rest, (byte)':'), out var major)) return false;
        if (!Digits.TryParseHex(Digits.TakeUntil(ref rest, (byte)' '), out var minor)) return false;
        if (!Digits.TryParse(Digits.TakeUntil(ref rest, (byte)' '), out var inode)) return false;
        // The path is padded to a column; a path itself starts with a slash or a bracket.
        rest = rest.TrimStart((byte)' ');
        var path = UnescapeNewlines(line[^rest.Length..]);
        var deleted = path.EndsWith(" (deleted)"u8) && path[0] == '/';
        mapping = new ProcMapping
        {
            Start = start,
            End = end,
            PgOff = offset,
            IsReadable = mode[0] == 'r',
            IsWritable = mode[1] == 'w',
            IsExecutable = mode[2] == 'x',
            Major = (uint)major,
            Minor = (uint)minor,
            Inode = inode,
            Path = deleted ? path[..^" (deleted)".Length] : path,
            IsDeleted = deleted,
        };
        return true;
    }

    // show_map_vma() escapes newlines only: a backslash stands for itself.
    private static ReadOnlySpan<byte> UnescapeNewlines(Span<byte> path)
    {
        var at = path.IndexOf("\\012"u8);
        if (at < 0) return path;
        var length = at;
        while (at < path.Length)
        {
            if (path[at..].StartsWith("\\012"u8))
            {
                path[length++] = (byte)'\n';
                at += 4;
            }
            else path[length++] = path[at++];
        }

        return path[..length];
    }
}
