namespace Diagnose.Formats.Kernel;

internal enum KernelSymbolKind : byte
{
    /// <summary>Absolute numbers, per-CPU offsets among them: they lie at no address.</summary>
    Other,

    /// <summary>Data: it has no name here, but the text before it ends where it starts.</summary>
    Data,
    Text,
}

/// <summary>One line of /proc/kallsyms, taken apart.</summary>
internal readonly ref struct KernelSymbolLine
{
    public ulong Address { get; private init; }
    public byte Type { get; private init; }
    public ReadOnlySpan<byte> Name { get; private init; }
    public ReadOnlySpan<byte> Module { get; private init; }

    /// <summary>The letters are those of nm: w and W are weak, and in the kernel weak means a function.</summary>
    public KernelSymbolKind Kind => Type switch
    {
        (byte)'t' or (byte)'T' or (byte)'w' or (byte)'W' => KernelSymbolKind.Text,
        (byte)'a' or (byte)'A' => KernelSymbolKind.Other,
        _ => KernelSymbolKind.Data,
    };

    /// <summary>Global before weak before local.</summary>
    public byte BindingRank => Type switch
    {
        (byte)'T' => 2,
        (byte)'w' or (byte)'W' => 1,
        _ => 0,
    };

    public static bool TryParse(ReadOnlySpan<byte> line, out KernelSymbolLine parsed)
    {
        parsed = default;
        var address = 0ul;
        var at = 0;
        for (; at < line.Length && line[at] != ' '; at++)
        {
            var digit = HexDigit(line[at]);
            if (digit < 0 || at == 16)
                return false;
            address = address << 4 | (uint)digit;
        }

        if (at == 0 || line.Length - at < 4 || line[at + 2] != ' ')
            return false;
        var type = line[at + 1];
        var name = line[(at + 3)..];
        ReadOnlySpan<byte> module = [];
        var tab = name.IndexOf((byte)'\t');
        if (tab >= 0)
        {
            if (name[(tab + 1)..] is not [(byte)'[', .. var inside, (byte)']'])
                return false;
            module = inside;
            name = name[..tab];
        }

        if (name.IsEmpty)
            return false;
        parsed = new() { Address = address, Type = type, Name = name, Module = module };
        return true;
    }

    private static int HexDigit(byte letter) => letter switch
    {
        >= (byte)'0' and <= (byte)'9' => letter - '0',
        >= (byte)'a' and <= (byte)'f' => letter - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => letter - 'A' + 10,
        _ => -1,
    };
}
