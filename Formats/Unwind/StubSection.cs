namespace Diagnose.Formats.Unwind;

/// <summary>What kind of code a <see cref="StubSection"/> has.</summary>
public enum StubKind : byte
{
    /// <summary>.plt: entries of the procedure linkage table that call the dynamic linker on first use.</summary>
    LazyPlt,

    /// <summary>.plt.got and .plt.sec: entries of one jump.</summary>
    DirectPlt,

    /// <summary>.init and .fini: one function, of what crti.o and crtn.o begin and end it with.</summary>
    InitFini,
}

/// <summary>A section of code of a known shape, which often has no unwind information.</summary>
/// <param name="IsMarked">It begins with a landing mark for indirect branches.</param>
public readonly record struct StubSection(ulong Start, ulong Size, StubKind Kind, bool IsMarked)
{
    /// <summary>Bytes from its start that tell whether it is marked.</summary>
    public const int MarkBytes = 4;

    private static ReadOnlySpan<byte> Mark => [0xf3, 0x0f, 0x1e, 0xfa]; // endbr64

    public static bool StartsWithMark(ReadOnlySpan<byte> code) => code.StartsWith(Mark);

    public bool Covers(ulong address) => unchecked(address - Start) < Size;
}
