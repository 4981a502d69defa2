namespace Diagnose.Formats.Unwind;

/// <summary>
/// The registers of an architecture at one frame, by their DWARF columns, and what unwinding must know of the architecture.
/// A value can be unknown: it was not recorded, or no callee kept it.
/// </summary>
public interface IUnwindRegisters<TSelf>
    where TSelf : struct, IUnwindRegisters<TSelf>
{
    /// <summary>Columns 0 up to this are kept.</summary>
    static abstract int Columns { get; }

    static abstract int StackPointer { get; }

    static abstract int FramePointer { get; }

    /// <summary>The column of the instruction pointer: the return address is the caller's.</summary>
    static abstract int InstructionPointer { get; }

    /// <summary>
    /// What functions keep for their callers, at most seven: a <see cref="CompactRow"/> has room for where these are saved.
    /// </summary>
    static abstract ReadOnlySpan<byte> Saved { get; }

    bool TryGet(int column, out ulong value);

    void Assign(int column, ulong value);

    void Forget(int column);

    /// <summary>Every value but those of the instruction, stack and frame pointer becomes unknown.</summary>
    void ForgetOthers();

    /// <summary>The row of code that the linker or the start-up files brought without unwind information.</summary>
    /// <param name="offset">Bytes from the start of the section.</param>
    static abstract CompactRow StubRow(in StubSection section, ulong offset);
}
