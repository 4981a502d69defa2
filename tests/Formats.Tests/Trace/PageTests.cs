using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using CsCheck;
using Diagnose.Formats.Trace;

namespace Diagnose.Formats.Tests.Trace;

public partial class PageTests
{
    private static readonly string s_page = File.ReadAllText(PagePath());

    private static string PagePath([CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "../../../Formats/TRACE-FORMAT.md");

    [GeneratedRegex(@"^[0-9a-f]{4}  (?<bytes>[0-9a-f]{2}( [0-9a-f]{2})*) *;", RegexOptions.Multiline)]
    private static partial Regex DumpLine();

    [GeneratedRegex(@"^\| *(?<value>\d+) \| (?<name>\w+) \| ", RegexOptions.Multiline)]
    private static partial Regex ValueLine();

    [Fact]
    public void The_example_on_the_page_is_what_the_writer_writes()
    {
        byte[] dump = Convert.FromHexString(string.Concat(DumpLine().Matches(s_page).Select(m => m.Groups["bytes"].Value))
            .Replace(" ", "", StringComparison.Ordinal));
        Assert.Equal(Convert.ToHexString(ExampleTrace.Bytes()), Convert.ToHexString(dump));
        int next = 0;
        foreach (Match line in DumpLine().Matches(s_page))
        {
            Assert.Equal(next, int.Parse(line.Value.AsSpan(0, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
            next += (line.Groups["bytes"].Length + 1) / 3;
        }
    }

    [Fact]
    public void The_example_reads_as_the_page_says()
    {
        byte[] file = ExampleTrace.Bytes();
        TraceReader reader = TraceSample.Open(file);
        Assert.Equal(
            [new(1_000_000, 0, 1, 1, 1), new(1_000_300, 0, 1, 1, 1), new(1_000_007, 1, 1, 1, 1)], TraceSample.ReadHits(reader));
        TraceDefinitions d = reader.Definitions;
        Assert.Equal("cat"u8, d.String(d.Context(1).Comm));
        Assert.Equal("vfs_read"u8, d.String(d.Symbol(1).Name));
        Assert.Equal(new FrameRow(1, 0x2c0, FrameFlags.None), d.Frame(d.Node(d.Stack(1).Kernel).Frame));
        Assert.Empty(reader.Damage);
        Assert.True(reader.IsComplete);
    }

    [Theory]
    [InlineData(typeof(BlockKind))]
    [InlineData(typeof(BlockFlags))]
    [InlineData(typeof(ColumnCodec))]
    [InlineData(typeof(TableId))]
    [InlineData(typeof(EventKind))]
    [InlineData(typeof(ModuleKind))]
    [InlineData(typeof(FrameFlags))]
    [InlineData(typeof(StackFlags))]
    [InlineData(typeof(StackEnd))]
    [InlineData(typeof(ProcessFlags))]
    [InlineData(typeof(SymbolSource))]
    [InlineData(typeof(LossReason))]
    [InlineData(typeof(HitColumn))]
    [InlineData(typeof(EndCounter))]
    public void The_values_of_an_enumeration_stand_on_the_page(Type enumeration)
    {
        string heading = $"\n#### {enumeration.Name}\n";
        int start = s_page.IndexOf(heading, StringComparison.Ordinal);
        Assert.True(start >= 0, $"the page has no heading for {enumeration.Name}");
        string part = s_page[(start + heading.Length)..];
        part = part[..part.IndexOf("\n\n", part.IndexOf("|---", StringComparison.Ordinal), StringComparison.Ordinal)] + "\n";
        Assert.Equal(
            Enum.GetNames(enumeration).Select(name => (Convert.ToInt64(Enum.Parse(enumeration, name), CultureInfo.InvariantCulture), name)),
            ValueLine().Matches(part).Select(m => (long.Parse(m.Groups["value"].Value, CultureInfo.InvariantCulture), m.Groups["name"].Value)));
    }

    [Fact]
    public void The_limits_stand_on_the_page()
    {
        foreach (var limit in typeof(TraceLimits).GetFields())
            Assert.Matches($@"\n\| {limit.Name}\b[^|]*\| {limit.GetRawConstantValue()} \|", s_page);
    }

    [Fact]
    public void The_tables_have_as_many_columns_as_the_page_says()
    {
        foreach (TableId table in Enum.GetValues<TableId>())
        {
            Match text = Regex.Match(s_page, $@"\n\*\*{(int)table} {table}\*\*, (?<columns>\d+) column");
            Assert.True(text.Success, $"the page does not describe {table}");
            Assert.Equal(TableSchema.Columns(table).Length, int.Parse(text.Groups["columns"].Value, CultureInfo.InvariantCulture));
        }
    }

    [Fact]
    public void A_reader_written_from_the_page_alone_reads_what_the_products_reader_reads() =>
        Gen.Select(Gen.Int, Gen.Int[1, 3000], Gen.Int[1, 600], Gen.Int[1, 2000], Gen.Int[0, 3])
            .Sample((seed, hits, stacks, flushEvery, level) =>
            {
                byte[] file = TraceSample.Write(seed, hits, stacks, flushEvery, out _, level);
                Compare(file);
            }, iter: 60);

    [Fact]
    public void Both_readers_agree_on_full_blocks_with_many_stacks() =>
        Compare(TraceSample.Write(7, 140_000, 80_000, int.MaxValue, out _));

    [Fact]
    public void Both_readers_agree_on_every_segment()
    {
        using var file = new MemoryStream();
        using var writer = new TraceWriter(file);
        for (int seed = 1; seed <= 5; seed++)
        {
            if (seed > 1)
                writer.BeginSegment(file);
            TraceSample.Fill(writer, seed, seed * 100, seed * 20, 50, out _);
        }

        Compare([.. file.ToArray(), .. ExampleTrace.Bytes()], segments: 6);
    }

    private static void Compare(byte[] file, int segments = 1)
    {
        List<TraceReader> readers = TraceSample.Segments(file);
        Assert.Equal(segments, readers.Count);
        int next = 0;
        foreach (TraceReader reader in readers)
        {
            using var page = new PageReader(file, next);
            Compare(page, reader);
            next = page.Next;
        }

        Assert.Equal(file.Length, next);
    }

    private static void Compare(PageReader page, TraceReader reader)
    {
        Assert.Empty(reader.Damage);
        Assert.Equal(TraceSample.ReadHits(reader),
            page.Hits.Select(h => new SampleHit(h.Time, (int)h.Cpu, (int)h.Event, (int)h.Context, (int)h.Stack)));
        Assert.Equal(reader.End.ToDictionary(e => (ulong)e.Key, e => e.Value), page.End);
        foreach (TableId id in Enum.GetValues<TableId>())
        {
            LoadedTable table = reader.Definitions[id];
            Assert.Equal(table.Defined, page.Rows.Keys.Count(k => k.Table == (ulong)id));
            for (int row = 1; row < table.Count; row++)
            {
                List<ulong> values = page.Rows[((ulong)id, (ulong)row)];
                for (int column = 0; column < values.Count; column++)
                    Assert.True(values[column] == table[row, column], $"{id} row {row} column {column}");
            }
        }

        for (int id = 0; id < reader.Definitions[TableId.Strings].Count; id++)
            Assert.Equal(page.Strings[(ulong)id], reader.Definitions.String(id).ToArray());
    }
}
