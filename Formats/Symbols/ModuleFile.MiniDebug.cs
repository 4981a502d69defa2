using Diagnose.Formats.Elf;
using SharpCompress.Compressors.Xz;

namespace Diagnose.Formats.Symbols;

/// <summary>
/// The symbols that some distributions leave in a stripped file for tools like this one: an ELF file of its own, packed by xz, in the
/// section <c>.gnu_debugdata</c> (GDB manual, "Debugging information in a special section"). It has the functions that are not exported.
/// </summary>
internal sealed partial class ModuleFile
{
    /// <summary>More than any has that was seen; a small section must not unpack to all memory, or take seconds.</summary>
    private const int MostMiniBytes = 16 << 20;

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
        if (packed.Offset + packed.Size > (ulong)_image.Length)
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
