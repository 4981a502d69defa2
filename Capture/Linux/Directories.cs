using System.Runtime.InteropServices;

namespace Diagnose.Capture.Linux;

/// <summary>Reads directories without a string for each entry.</summary>
internal static unsafe class Directories
{
    public delegate void Entry(ReadOnlySpan<byte> name, ulong inode, bool isDirectory);

    /// <summary>Shows every entry but <c>.</c> and <c>..</c>; false when the directory cannot be opened.</summary>
    public static bool TryList(ReadOnlySpan<byte> nulTerminatedPath, Entry entry)
    {
        const byte isDirectory = 4;
        if (!TryOpen(nulTerminatedPath, out var directory)) return false;
        while (TryNext(directory, out var name, out var found))
            entry(name, found->Inode, found->Type == isDirectory);
        _ = Libc.CloseDir(directory);
        return true;
    }

    /// <summary>The inode number of the directory itself.</summary>
    public static bool TryGetInode(ReadOnlySpan<byte> nulTerminatedPath, out ulong inode)
    {
        inode = 0;
        if (!TryOpen(nulTerminatedPath, out var directory)) return false;
        for (var entry = Libc.ReadDir(directory); entry != null && inode == 0; entry = Libc.ReadDir(directory))
            if (entry->Name[0] == '.' && entry->Name[1] == 0) inode = entry->Inode;
        _ = Libc.CloseDir(directory);
        return inode != 0;
    }

    /// <summary>Adds every entry whose name is a number to <paramref name="numbers"/>.</summary>
    public static bool TryListNumbers(ReadOnlySpan<byte> nulTerminatedPath, List<int> numbers)
    {
        if (!TryOpen(nulTerminatedPath, out var directory)) return false;
        while (TryNext(directory, out var name, out _))
            if (Digits.TryParse(name, out var number) && number <= int.MaxValue) numbers.Add((int)number);
        _ = Libc.CloseDir(directory);
        return true;
    }

    private static bool TryOpen(ReadOnlySpan<byte> nulTerminatedPath, out nint directory)
    {
        fixed (byte* path = nulTerminatedPath) directory = Libc.OpenDir(path);
        return directory != 0;
    }

    private static bool TryNext(nint directory, out ReadOnlySpan<byte> name, out Libc.DirEnt* entry)
    {
        while ((entry = Libc.ReadDir(directory)) != null)
        {
            name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(entry->Name);
            if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8)) return true;
        }

        name = default;
        return false;
    }
}
