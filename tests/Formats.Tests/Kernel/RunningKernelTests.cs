using System.Globalization;
using System.Text;
using Diagnose.Formats.Elf;
using Diagnose.Formats.Kernel;

namespace Diagnose.Formats.Tests.Kernel;

/// <summary>The running kernel's own lists, against a plain second reading of them.</summary>
public class RunningKernelTests
{
    private sealed record Line(ulong Address, char Type, string Name, string Module);

    [Fact]
    public void Lookups_agree_with_a_plain_reading_of_kallsyms()
    {
        var bytes = Read("/proc/kallsyms");
        var symbols = Build(bytes);
        if (symbols.AddressesHidden)
            Assert.Skip("the kernel hides its addresses (needs CAP_SYSLOG)");
        var lines = Parse(Encoding.UTF8.GetString(bytes));
        var text = lines.Where(l => l.Address != 0 && "tTwW".Contains(l.Type, StringComparison.Ordinal)).ToLookup(l => l.Address);
        var starts = lines.Where(l => l.Address != 0 && l.Type is not ('a' or 'A')).Select(l => l.Address).Distinct().Order().ToArray();
        Assert.Equal(text.Sum(g => g.Count()), symbols.Count);
        Assert.Equal(0, symbols.MalformedLines);

        var random = new Random(1);
        for (var i = 0; i < 20_000; i++)
        {
            var at = random.Next(starts.Length - 1);
            var (start, next) = (starts[at], starts[at + 1]);
            var address = start + (ulong)random.NextInt64((long)Math.Min(next - start, 1 << 22));
            if (!symbols.TryFind(address, out var symbol))
            {
                // Only data, end marks, and what lies far behind or outside a module's pages has no name.
                Assert.True(
                    !text.Contains(start) || text[start].All(l => l.Name is "_etext" or "_einittext" or "_end" || l.Name.EndsWith("_text_end", StringComparison.Ordinal)) || address - start >= 1 << 20
                    || (address | 4095) != (start | 4095), $"{address:x} in {text[start].FirstOrDefault()}");
                continue;
            }

            var name = Encoding.UTF8.GetString(symbol.Name);
            var module = Encoding.UTF8.GetString(symbol.Module);
            Assert.Equal(start, symbol.Start);
            Assert.True(symbol.End > address && symbol.End <= next);
            Assert.Contains(text[start], l => l.Name == name && l.Module == module);
        }
    }

    [Fact]
    public void The_text_starts_where_kallsyms_says()
    {
        var bytes = Read("/proc/kallsyms");
        var symbols = Build(bytes);
        if (symbols.AddressesHidden)
            Assert.Skip("the kernel hides its addresses (needs CAP_SYSLOG)");

        Assert.True(symbols.TryFindAddress("_text"u8, out var address) | symbols.TryFindAddress("_stext"u8, out var start));
        Assert.Contains(Parse(Encoding.UTF8.GetString(bytes)), l => l.Name is "_text" or "_stext" && (l.Address == address || l.Address == start));
    }

    [Fact]
    public void Every_line_of_the_module_list_is_understood()
    {
        var bytes = Read("/proc/modules");
        var modules = KernelModules.Parse(bytes);

        Assert.Equal(0, modules.MalformedLines);
        Assert.Equal(bytes.Count(b => b == '\n'), modules.Count);
    }

    [Fact]
    public void The_kernels_notes_hold_its_build_id()
    {
        var notes = Read("/sys/kernel/notes");

        Assert.True(ElfNotes.TryFindBuildId(notes, out var buildId));
        Assert.Contains(Convert.ToHexStringLower(buildId), Convert.ToHexStringLower(notes), StringComparison.Ordinal);
        Assert.InRange(buildId.Length, 8, 64);
    }

    private static byte[] Read(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Assert.Skip($"{path}: {e.Message}");
            return [];
        }
    }

    private static KernelSymbols Build(byte[] bytes)
    {
        var builder = new KernelSymbolsBuilder();
        foreach (var chunk in bytes.Chunk(4096 + 13))
            builder.Append(chunk);
        return builder.Build();
    }

    private static List<Line> Parse(string kallsyms) =>
    [
        .. kallsyms.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(' ', '\t')).Select(f => new Line(
            ulong.Parse(f[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture), f[1][0], f[2], f.Length > 3 ? f[3].Trim('[', ']') : "")),
    ];
}
