namespace Diagnose.Formats.PerfData;

/// <summary>Turns fields round in place, one after the other. Stops for good at the first that does not fit.</summary>
internal ref struct SwapCursor(Span<byte> bytes)
{
    private Span<byte> rest = bytes;

    /// <summary>False once a field did not fit.</summary>
    public bool IsWhole { get; private set; } = true;

    public void U16(int count = 1) => Swap((ulong)count, 2);

    public void U32(int count = 1) => Swap((ulong)count, 4);

    public void U64(int count = 1) => Swap((ulong)count, 8);

    /// <summary>As many as a hostile file says.</summary>
    public void U64(ulong count) => Swap(count, 8);

    /// <summary>Turns round a count or length and gives it.</summary>
    public ulong TakeU64()
    {
        var at = rest;
        U64();
        return IsWhole ? BitConverter.ToUInt64(at) : 0;
    }

    /// <inheritdoc cref="TakeU64"/>
    public uint TakeU32()
    {
        var at = rest;
        U32();
        return IsWhole ? BitConverter.ToUInt32(at) : 0;
    }

    /// <summary>Passes over bytes that have no order.</summary>
    public void Skip(ulong count)
    {
        if (Fits(count, 1)) rest = rest[(int)count..];
    }

    private void Swap(ulong count, int size)
    {
        if (!Fits(count, size)) return;
        for (; count != 0; count--)
        {
            rest[..size].Reverse();
            rest = rest[size..];
        }
    }

    private bool Fits(ulong count, int size) => IsWhole = IsWhole && count <= (ulong)(rest.Length / size);
}
