using CsCheck;
using Diagnose.Formats.Elf;

namespace Diagnose.Formats.Tests.Elf;

/// <summary>Damaged files give an answer or a clear refusal, in bounded time, and never an exception.</summary>
public class ElfHostileTests
{
    [Fact]
    public void A_file_cut_at_every_length_never_throws()
    {
        foreach (var file in SmallFiles())
            for (var length = 0; length <= file.Length; length += length is > 0x200 and < 0x13f0 ? 97 : 1)
                Exercise(file.AsSpan(0, length));
    }

    [Fact]
    public void A_file_with_any_byte_changed_never_throws()
    {
        foreach (var file in SmallFiles())
            for (var at = 0; at < file.Length; at++)
            {
                // The middle of the file is padding and text, which nothing but the PLT reads.
                if (at is > 0x200 and < 0x1400)
                    continue;
                var was = file[at];
                foreach (var value in new byte[] { 0, 1, 0x7f, 0x80, 0xff, (byte)(was ^ 1), (byte)~was })
                {
                    file[at] = value;
                    Exercise(file);
                }

                file[at] = was;
            }
    }

    [Fact]
    public void A_compiled_library_with_any_byte_changed_or_cut_anywhere_never_throws()
    {
        using var folder = new TestFolder();
        var file = File.ReadAllBytes(RealBinaries.Compile(folder, "int f(int x) { return x + 1; } int puts(const char *); int g(void) { return puts(\"g\"); }", "-shared -fPIC -nostdlib"));
        for (var length = 0; length < file.Length; length += length < 0x400 ? 1 : 7)
            Exercise(file.AsSpan(0, length));
        for (var at = 0; at < file.Length; at++)
        {
            var was = file[at];
            if (was == 0 && at % 16 != 0)
                continue; // most is padding
            file[at] = (byte)~was;
            Exercise(file);
            file[at] = (byte)(was ^ 0x80);
            Exercise(file);
            file[at] = was;
        }
    }

    [Fact]
    public void Several_random_changes_never_throw()
    {
        var files = SmallFiles().ToArray();
        Gen.Select(Gen.Int[0, files.Length - 1], Gen.Select(Gen.Int[0, 0x2000], Gen.Byte).Array[1, 40]).Sample(
            (which, changes) =>
            {
                var file = (byte[])files[which].Clone();
                foreach (var (at, value) in changes)
                {
                    // Aim at the two ends, where the headers and tables are.
                    var aimed = at % 2 == 0 ? at % 0x200 : file.Length - 1 - at % Math.Min(0x1000, file.Length);
                    file[aimed] = value;
                }

                Exercise(file);
            },
            iter: 20_000);
    }

    [Fact]
    public void Arbitrary_bytes_after_the_magic_never_throw() =>
        Gen.Byte.Array[0, 400].Sample(tail => Exercise([0x7f, (byte)'E', (byte)'L', (byte)'F', .. tail]), iter: 20_000);

    [Fact]
    public void Very_deeply_nested_symbols_are_looked_up_in_bounded_time()
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        const int depth = 1 << 18;
        var elf = new TestElf();
        for (var i = 0u; i < depth; i++)
            elf.SymTab.Add(new("s", i, 2 * (depth - i), Section: 0xfff1));
        Assert.True(ElfImage.TryParse(elf.Write(), out var image, out _));
        var index = ElfSymbolIndex.Build(image);
        Assert.Equal(depth, index.Count);

        for (var i = 0u; i < 200_000; i++)
            index.TryFind(2 * depth - 1 - i % 100, out _);
        Assert.True(index.TryFind(depth - 1, out var innermost));
        Assert.Equal(depth - 1u, innermost.Address);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), watch.Elapsed.ToString());
    }

    [Fact]
    public void Overlapping_note_segments_are_not_walked_without_end()
    {
        // 60,000 headers that all name the same run of empty notes.
        var file = new byte[64 + 60_000 * 56 + 1_200_000];
        new TestElf().Write().AsSpan(0, 64).CopyTo(file);
        BitConverter.TryWriteBytes(file.AsSpan(56), (ushort)60_000);
        BitConverter.TryWriteBytes(file.AsSpan(40), 0L);
        for (var i = 0; i < 60_000; i++)
        {
            var at = 64 + i * 56;
            BitConverter.TryWriteBytes(file.AsSpan(at), 4);
            BitConverter.TryWriteBytes(file.AsSpan(at + 8), 64L + 60_000 * 56);
            BitConverter.TryWriteBytes(file.AsSpan(at + 32), 1_200_000L);
        }

        var watch = System.Diagnostics.Stopwatch.StartNew();
        Assert.True(ElfImage.TryParse(file, out var image, out _));
        Assert.True(image.BuildId.IsEmpty);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), watch.Elapsed.ToString());
    }

    private static IEnumerable<byte[]> SmallFiles()
    {
        foreach (var (is64, isBigEndian) in new[] { (true, false), (false, true) })
        {
            var elf = new TestElf(is64, isBigEndian) { BuildId = [1, 2, 3, 4], ExtendedSectionIndexes = true, ExtendedNumbering = true };
            elf.SymTab.AddRange([new("f", TestElf.TextAddress, 16), new("_start", TestElf.TextAddress + 32, 0, 0), new("f", TestElf.TextAddress, 64)]);
            elf.DynSym.AddRange([new("g", TestElf.TextAddress + 8, 16), new("undefined", 0, 0, Section: TestElf.NoSection)]);
            yield return elf.Write();
        }
    }

    /// <summary>Calls everything there is on the file.</summary>
    private static void Exercise(ReadOnlySpan<byte> file)
    {
        if (!ElfImage.TryParse(file, out var image, out var error))
        {
            Assert.StartsWith("offset ", error, StringComparison.Ordinal);
            return;
        }

        _ = image.BuildId.Length;
        image.TryDebugLink(out _, out _);
        for (var i = 0; i < image.SegmentCount; i++)
            _ = image.BytesOf(image.Segment(i)).Length;
        for (var i = 0; i < image.SectionCount; i++)
        {
            _ = image.BytesOf(image.Section(i)).Length;
            _ = image.NameOf(image.Section(i)).Length;
        }

        foreach (var value in new ulong[] { 0, 0x1000, 0x1010, TestElf.TextAddress, ulong.MaxValue })
        {
            image.TryAddressOfOffset(value, out _);
            image.TryOffsetOfAddress(value, out _);
        }

        var index = ElfSymbolIndex.Build(image);
        for (var i = 0; i < index.Count; i++)
        {
            var symbol = index[i];
            _ = index.NameOf(image, symbol).Length;
            Assert.True(index.TryFind(symbol.Address, out _));
        }

        ElfSymbolIndex.TryFindByName(image, "g"u8, out _);
    }
}
