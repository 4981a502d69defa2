using System.Buffers.Binary;

namespace Diagnose.Formats.Elf;

/// <summary>One note: its owner's name without the final NUL, its type as that owner numbers it, and its bytes.</summary>
public readonly ref struct ElfNote(ReadOnlySpan<byte> name, uint type, ReadOnlySpan<byte> description)
{
    /// <summary>NT_GNU_BUILD_ID, for notes named "GNU".</summary>
    public const uint GnuBuildId = 3;

    public ReadOnlySpan<byte> Name { get; } = name;
    public uint Type { get; } = type;
    public ReadOnlySpan<byte> Description { get; } = description;

    public bool IsBuildId => Type == GnuBuildId && Name.SequenceEqual("GNU"u8) && !Description.IsEmpty;
}

/// <summary>
/// Walks the notes of a PT_NOTE segment, an SHT_NOTE section, or /sys/kernel/notes (System V gABI, "Note Section").
/// A note cut short ends the walk.
/// </summary>
/// <param name="bytes">The notes, the first at offset 0.</param>
/// <param name="isBigEndian">Byte order of the file they come from.</param>
/// <param name="alignment">p_align or sh_addralign; 8 pads names and descriptions to 8 bytes, all else to 4.</param>
public ref struct ElfNotes(ReadOnlySpan<byte> bytes, bool isBigEndian = false, ulong alignment = 4)
{
    private const int HeaderSize = 12;

    private readonly bool _isBigEndian = isBigEndian;
    private readonly ulong _padding = alignment == 8 ? 7u : 3u;
    private ReadOnlySpan<byte> _rest = bytes;

    public ElfNote Current { get; private set; }

    public readonly ElfNotes GetEnumerator() => this;

    public bool MoveNext()
    {
        if (_rest.Length < HeaderSize)
            return false;
        ulong nameSize = Word(0), descriptionSize = Word(4);
        var type = Word(8);
        var descriptionAt = (HeaderSize + nameSize + _padding) & ~_padding;
        var end = descriptionAt + descriptionSize;
        if (end > (ulong)_rest.Length)
        {
            _rest = [];
            return false;
        }

        var name = _rest.Slice(HeaderSize, (int)nameSize);
        if (name is [.. var text, 0])
            name = text;
        Current = new(name, type, _rest[(int)descriptionAt..(int)end]);
        var next = (end + _padding) & ~_padding;
        _rest = next >= (ulong)_rest.Length ? [] : _rest[(int)next..];
        return true;
    }

    /// <summary>Finds the build ID among the notes; for /sys/kernel/notes it is the running kernel's.</summary>
    public static bool TryFindBuildId(
        ReadOnlySpan<byte> notes, out ReadOnlySpan<byte> buildId, bool isBigEndian = false, ulong alignment = 4)
    {
        foreach (var note in new ElfNotes(notes, isBigEndian, alignment))
        {
            if (!note.IsBuildId)
                continue;
            buildId = note.Description;
            return true;
        }

        buildId = [];
        return false;
    }

    private readonly uint Word(int at) => _isBigEndian
        ? BinaryPrimitives.ReadUInt32BigEndian(_rest[at..])
        : BinaryPrimitives.ReadUInt32LittleEndian(_rest[at..]);
}
