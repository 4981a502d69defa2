using Diagnose.Formats.Elf;
using SharpCompress.Compressors.Xz;

namespace Diagnose.Formats.Symbols;

/// <summary>
/// The symbols that some distributions leave in a stripped file for tools like this one: an ELF file of its own, packed by xz, in the
/// section <c>.gnu_debugdata</c> (GDB manual, "Debugging information in a special section"). It has the functions that are not exported.
/// </summary>
internal sealed partial class ModuleFile
{
    /// <summary>More than most have: unpacking is slow, and what is larger than all symbols that are kept would be unpacked again and again.</summary>
    private const int MostMiniBytes = 4 << 20;

    /// <summary>What xz uses at most by itself (xz -9).</summary>
    private const long MostDictionary = 64 << 20;

    private ModuleFile? _mini;
    private int _miniBytes;
    private bool _hasNoMini;

    /// <summary>The packed symbols, unpacked now where they are not; null where there are none.</summary>
    private ModuleFile? Mini
    {
        get
        {
            if (_mini is null && !_hasNoMini && !HasSymbolTable)
            {
                byte[]? bytes = UnpackMini();
                _mini = bytes is null ? null : Open(new ImageInMemory(bytes));
                _miniBytes = _mini is null ? 0 : bytes!.Length;
                _hasNoMini = _mini is null;
            }

            return _mini;
        }
    }

    private long MiniBytes => _mini is null ? 0 : _miniBytes + _mini._symbolBytes;

    private void DropMini()
    {
        _mini?.Dispose();
        _mini = null;
    }

    private byte[]? UnpackMini()
    {
        if (!ElfImage.TryParse(_image.Bytes, out ElfImage elf, out _) || !elf.TrySectionNames(out ElfSection names))
            return null;
        TryLoad(names.Offset, names.Size);
        if (!elf.TrySection(".gnu_debugdata"u8, out ElfSection packed) || packed.Size > MostMiniBytes)
            return null;
        TryLoad(packed.Offset, packed.Size);
        if (packed.Offset + packed.Size > (ulong)_image.Length
            || !HasSmallDictionary(_image.Bytes.Slice((int)packed.Offset, (int)packed.Size)))
            return null;
        try
        {
            using var unpacking = new XZStream(new MemoryStream(_image.Bytes.Slice((int)packed.Offset, (int)packed.Size).ToArray()));
            using var unpacked = new MemoryStream();
            byte[] chunk = new byte[1 << 16];
            for (int read; (read = unpacking.Read(chunk)) > 0;)
            {
                if (unpacked.Length + read > MostMiniBytes)
                    return null;
                unpacked.Write(chunk, 0, read);
            }

            return unpacked.ToArray();
        }
#pragma warning disable CA1031 // Whatever is wrong with it, the file has no such symbols then.
        catch (Exception)
#pragma warning restore CA1031
        {
            return null;
        }
    }

    /// <summary>Whether the first block asks for no more memory than is sensible (The .xz File Format 1.2.1, 3.1 and 5.3.1: one LZMA2 filter).</summary>
    private static bool HasSmallDictionary(ReadOnlySpan<byte> xz)
    {
        const int streamHeader = 12;
        const byte lzma2 = 0x21;
        if (xz.Length < streamHeader + 8)
            return false;
        ReadOnlySpan<byte> block = xz[streamHeader..];
        int flags = block[1], at = 2;
        // Two sizes that may stand there, each a varint of at most nine bytes.
        for (int sizes = (flags >> 6 & 1) + (flags >> 7 & 1); sizes > 0; sizes--)
        {
            int end = at + 9;
            while (at < block.Length && at < end && block[at++] >= 0x80)
            {
            }
        }

        if ((flags & 3) != 0 || at + 3 > block.Length || block[at] != lzma2 || block[at + 1] != 1)
            return false;
        int bits = block[at + 2];
        return bits < 40 && (2L | (bits & 1L)) << (bits / 2 + 11) <= MostDictionary;
    }

    /// <summary>A file that is nowhere but in memory.</summary>
    private sealed class ImageInMemory(byte[] bytes) : IModuleImage
    {
        public int Length => bytes.Length;

        public ReadOnlySpan<byte> Bytes => bytes;

        public bool TryLoad(long offset, long count) => offset >= 0 && count >= 0 && offset <= bytes.Length;

        public void Forget()
        {
        }

        public void Dispose()
        {
        }
    }
}
