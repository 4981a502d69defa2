using System.Buffers.Binary;

namespace Diagnose.Formats.Unwind;

/// <summary>What was copied of a thread's stack: memory from its stack pointer up. Nothing else is ever read.</summary>
/// <param name="address">Where the first byte was.</param>
public readonly ref struct StackCopy(ulong address, ReadOnlySpan<byte> bytes)
{
    /// <summary>No stack is larger: what lies farther above the copy is no address in it.</summary>
    private const ulong MostStack = 1UL << 28;

    public ulong Address { get; } = address;

    public ReadOnlySpan<byte> Bytes { get; } = bytes;

    /// <summary>Reads a number of the target's word size; false when not all of it was copied.</summary>
    public bool TryRead(ulong address, out ulong value)
    {
        ulong at = unchecked(address - Address);
        if (at > (ulong)Bytes.Length || (ulong)Bytes.Length - at < sizeof(ulong))
        {
            value = 0;
            return false;
        }

        value = BinaryPrimitives.ReadUInt64LittleEndian(Bytes[(int)at..]);
        return true;
    }

    /// <summary>Reads 1, 2, 4 or 8 bytes.</summary>
    public bool TryRead(ulong address, int size, out ulong value)
    {
        value = 0;
        ulong at = unchecked(address - Address);
        if (size is not (1 or 2 or 4 or 8) || at > (ulong)Bytes.Length || (ulong)Bytes.Length - at < (ulong)size)
            return false;
        for (int i = size - 1; i >= 0; i--)
            value = (value << 8) | Bytes[(int)at + i];
        return true;
    }

    /// <summary>Why an address could not be read: the copy ends before it, or it is not in the stack.</summary>
    public UnwindStop WhyNot(ulong address)
    {
        ulong end = unchecked(Address + (ulong)Bytes.Length);
        return unchecked(address - Address) < (ulong)Bytes.Length || unchecked(address - end) < MostStack
            ? UnwindStop.StackTruncated : UnwindStop.BadRead;
    }
}
