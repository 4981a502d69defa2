using Diagnose.Formats.Unwind;

namespace Diagnose.Formats.Tests.Unwind;

/// <summary>Builds .eh_frame or .debug_frame by hand, entry by entry.</summary>
internal sealed class FrameBytes(bool isDebugFrame = false, ulong address = 0x5000)
{
    /// <summary>DW_EH_PE_pcrel | DW_EH_PE_sdata4, what compilers write.</summary>
    public const byte Usual = 0x1b;

    /// <summary>CFA = rsp+8, return address at CFA-8.</summary>
    public static byte[] AtCall => [0x0c, 7, 8, 0x80 | 16, 1];

    private readonly List<byte> _bytes = [];
    private byte _encoding;

    public byte[] Bytes => [.. _bytes];

    public FrameSection Section => new(0, _bytes.Count, address, isDebugFrame);

    public int Count => _bytes.Count;

    /// <summary>A common entry; returns its place.</summary>
    /// <param name="augmentation">Data of "z", without its length.</param>
    public int Common(byte[] program, string letters = "zR", byte[]? augmentation = null, byte version = 1, bool is64 = false,
        byte[]? header = null)
    {
        augmentation ??= letters == "zR" ? [Usual] : [];
        _encoding = isDebugFrame || !letters.Contains('R', StringComparison.Ordinal) ? (byte)0 : augmentation[letters.IndexOf('R', StringComparison.Ordinal) - 1];
        List<byte> body = [version, .. System.Text.Encoding.ASCII.GetBytes(letters), 0];
        if (version == 4)
            body.AddRange([8, 0]);
        body.AddRange(header ?? [1, 0x78, 16]); // alignments 1 and -8, return address in column 16
        if (letters.StartsWith('z'))
            body.AddRange([(byte)augmentation.Length, .. augmentation]);
        body.AddRange(program);
        int at = _bytes.Count;
        Entry(isDebugFrame ? is64 ? ulong.MaxValue : uint.MaxValue : 0, body, is64);
        return at;
    }

    public int Frame(int common, ulong start, ulong length, byte[] program, bool is64 = false, byte[]? augmentation = null)
    {
        int at = _bytes.Count, idAt = at + (is64 ? 12 : 4), place = idAt + (isDebugFrame && is64 ? 8 : 4);
        List<byte> body =
        [
            .. Pointer(_encoding, start, address + (ulong)place),
            .. Pointer((byte)(_encoding & 0x0f), length, 0),
            .. isDebugFrame ? [] : augmentation ?? [0],
            .. program,
        ];
        Entry(isDebugFrame ? (ulong)common : (ulong)(idAt - common), body, is64);
        return at;
    }

    public void Raw(params byte[] bytes) => _bytes.AddRange(bytes);

    public static byte[] Pointer(byte encoding, ulong value, ulong from)
    {
        if ((encoding & 0x70) == 0x10)
            value -= from;
        return (encoding & 0x0f) switch
        {
            0x02 or 0x0a => BitConverter.GetBytes((ushort)value),
            0x03 or 0x0b => BitConverter.GetBytes((uint)value),
            _ => BitConverter.GetBytes(value),
        };
    }

    private void Entry(ulong id, List<byte> body, bool is64)
    {
        byte[] idBytes = isDebugFrame && is64 ? BitConverter.GetBytes(id) : BitConverter.GetBytes((uint)id);
        int length = idBytes.Length + body.Count;
        _bytes.AddRange(is64 ? [0xff, 0xff, 0xff, 0xff, .. BitConverter.GetBytes((long)length)] : BitConverter.GetBytes(length));
        _bytes.AddRange(idBytes);
        _bytes.AddRange(body);
    }
}
