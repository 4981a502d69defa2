using Diagnose.Formats.Elf;
using Diagnose.Formats.Unwind;

namespace Diagnose.Formats.Tests.Unwind;

/// <summary>
/// An ELF file of which all but the unwind information is missing. Addresses are file offsets, and code is said to be at
/// 0x1000 to 0x4000.
/// </summary>
internal sealed class UnwindElf
{
    public const int EhFrameAt = 0x5000, DebugFrameAt = 0x7000, HeaderAt = 0x4000, PltAt = 0x3000, InitAt = 0x3800;

    public FrameBytes EhFrame { get; } = new(address: EhFrameAt);

    public FrameBytes DebugFrame { get; } = new(isDebugFrame: true, address: 0);

    /// <summary>.eh_frame_hdr; none where empty.</summary>
    public byte[] Header { get; set; } = [];

    public byte[] Init { get; set; } = [];

    public int PltBytes { get; set; }

    public bool HasSections { get; set; } = true;

    public ulong EntryPoint { get; set; }

    /// <summary>A header as linkers write it, of entries in order of their addresses.</summary>
    public void MakeHeader(params (ulong Start, int Entry)[] entries)
    {
        List<byte> header = [1, 0x1b, 0x03, 0x3b, .. BitConverter.GetBytes(EhFrameAt - (HeaderAt + 4)), .. BitConverter.GetBytes(entries.Length)];
        foreach ((ulong start, int entry) in entries)
            header.AddRange([.. BitConverter.GetBytes((int)start - HeaderAt), .. BitConverter.GetBytes(EhFrameAt + entry - HeaderAt)]);
        Header = [.. header];
    }

    public UnwindTable Table(out byte[] file)
    {
        file = Write();
        Assert.True(ElfImage.TryParse(file, out ElfImage elf, out string error), error);
        return UnwindTable.Build(elf)!;
    }

    public byte[] Write()
    {
        byte[] file = new byte[0x9000];
        (string Name, uint Type, ulong Flags, int At, byte[] Bytes)[] sections =
        [
            (".text", 1, 6, 0x1000, new byte[0x2000]),
            (".plt", 1, 6, PltAt, new byte[PltBytes]),
            (".init", 1, 6, InitAt, Init),
            (".eh_frame_hdr", 1, 2, HeaderAt, Header),
            (".eh_frame", 1, 2, EhFrameAt, EhFrame.Bytes),
            (".debug_frame", 1, 0, DebugFrameAt, DebugFrame.Bytes),
        ];
        foreach (var section in sections)
            section.Bytes.CopyTo(file, section.At);

        new byte[] { 0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1 }.CopyTo(file, 0);
        Put(16, 3, 2);
        Put(18, 62, 2);
        Put(24, EntryPoint, 8);
        Put(32, 64, 8);
        Put(54, 56, 2);
        Put(56, 2, 2);
        // One segment for all, and where the header is.
        Segment(64, 1, 5, 0, (ulong)file.Length);
        Segment(120, 0x6474e550, 4, HeaderAt, (ulong)Header.Length);
        if (!HasSections)
            return file;

        const int Names = 0x200, Table = 0x300;
        int name = 1;
        Put(40, Table, 8);
        Put(58, 64, 2);
        Put(60, (ulong)sections.Length + 2, 2);
        Put(62, (ulong)sections.Length + 1, 2);
        for (int i = 0; i < sections.Length; i++)
        {
            var section = sections[i];
            System.Text.Encoding.ASCII.GetBytes(section.Name).CopyTo(file, Names + name);
            Section(Table + 64 * (i + 1), name, section.Type, section.Flags, (section.Flags & 2) == 0 ? 0 : section.At, section.At, section.Bytes.Length);
            name += section.Name.Length + 1;
        }

        Section(Table + 64 * (sections.Length + 1), 0, 3, 0, 0, Names, 0x100);
        return file;

        void Segment(int at, uint type, uint access, ulong offset, ulong size)
        {
            Put(at, type, 4);
            Put(at + 4, access, 4);
            Put(at + 8, offset, 8);
            Put(at + 16, offset, 8);
            Put(at + 32, size, 8);
            Put(at + 40, size, 8);
        }

        void Section(int at, int nameAt, uint type, ulong flags, int address, int offset, int size)
        {
            Put(at, (ulong)nameAt, 4);
            Put(at + 4, type, 4);
            Put(at + 8, flags, 8);
            Put(at + 16, (ulong)address, 8);
            Put(at + 24, (ulong)offset, 8);
            Put(at + 32, (ulong)size, 8);
        }

        void Put(int at, ulong value, int size) => BitConverter.GetBytes(value).AsSpan(0, size).CopyTo(file.AsSpan(at));
    }
}
