using System.Buffers;
using System.Text;
using CsCheck;
using Diagnose.Formats.Jit;

namespace Diagnose.Formats.Tests.Jit;

public class PerfMapTests
{
    [Fact]
    public void Names_keep_their_spaces_and_numbers_may_have_a_prefix()
    {
        var map = new GrownMap();
        map.Append("7f10 20 void Program::<Main>g__Loop|0_0(int, bool) [Tier1]\n0x7F40 0xA LazyCompile:*f /app/x.js:1\r\n"u8);

        Assert.Equal("7f10+20 void Program::<Main>g__Loop|0_0(int, bool) [Tier1]", Find(map, 0x7f2f));
        Assert.Equal("7f40+a LazyCompile:*f /app/x.js:1", Find(map, 0x7f40));
        Assert.Equal("", Find(map, 0x7f0f));
        Assert.Equal("", Find(map, 0x7f30));
        Assert.Equal("", Find(map, 0x7f4a));
        Assert.Equal(0, map.Map.MalformedLines);
    }

    [Fact]
    public void A_line_still_being_written_is_left_for_the_next_call()
    {
        var text = "1000 10 first\n2000 10 second"u8;
        var map = new GrownMap();

        var used = map.Append(text);

        Assert.Equal("1000 10 first\n".Length, used);
        Assert.Equal("", Find(map, 0x2000));
        Assert.Equal("2000 10 second_half\n".Length, map.Append("2000 10 second_half\n"u8));
        Assert.Equal("2000+10 second_half", Find(map, 0x2000));
        Assert.Equal("1000+10 first", Find(map, 0x1000));
    }

    [Fact]
    public void Later_lines_hold_where_they_overlap_earlier_ones()
    {
        var map = new GrownMap();
        map.Append("1000 100 old\n1040 20 inside\n10f0 20 behind\nff0 20 before\n"u8);

        Assert.Equal(
            ["ff0+20 before", "ff0+20 before", "1000+100 old", "1040+20 inside", "1000+100 old", "10f0+20 behind", "10f0+20 behind", ""],
            new ulong[] { 0xff0, 0x1000, 0x1010, 0x105f, 0x1060, 0x10f0, 0x1100, 0x1110 }.Select(a => Find(map, a)));

        map.Append("1000 100 new\n"u8);
        Assert.Equal("1000+100 new", Find(map, 0x1040));
        Assert.Equal("10f0+20 behind", Find(map, 0x1100));
        Assert.Equal("ff0+20 before", Find(map, 0xfff));
    }

    [Fact]
    public void Bad_lines_are_counted_and_skipped()
    {
        var map = new GrownMap();
        map.Append("\nnonsense\n1000\n1000 10\n1000 10 \n1000 0 empty\nffffffffffffffff 2 wraps\n10000000000000000 1 wide\n1000 100000000 huge\n2000 8 ok\n"u8);

        Assert.Equal(9, map.Map.MalformedLines);
        Assert.Equal(1, map.Map.Count);
        Assert.Equal("2000+8 ok", Find(map, 0x2007));
    }

    [Fact]
    public void A_line_without_end_is_passed_over()
    {
        var map = new GrownMap();
        var endless = new byte[100_000];
        endless.AsSpan().Fill((byte)'a');

        Assert.Equal(endless.Length, map.Append(endless));
        Assert.Equal(endless.Length, map.Append(endless));
        map.Append("1000 10 its end\n2000 10 next\n"u8);
        Assert.Equal(1, map.Map.MalformedLines);
        Assert.Equal("", Find(map, 0x1000));
        Assert.Equal("2000+10 next", Find(map, 0x2000));
    }

    [Fact]
    public void A_full_map_counts_what_it_drops()
    {
        var map = new GrownMap(maxSymbols: 2);
        map.Append("1000 10 a\n2000 10 b\n3000 10 c\n4000 10 d\n"u8);

        Assert.Equal((2, 2), (map.Map.Count, map.Map.DroppedLines));
    }

    [Fact]
    public void Code_that_is_gone_is_given_up()
    {
        var map = new GrownMap();
        for (var i = 0; i < 10_000; i++)
            map.Append(Encoding.UTF8.GetBytes($"1000 100 a_method_compiled_for_the_{i}th_time\n"));

        Assert.Equal(1, map.Map.Count);
        Assert.InRange(map.Map.MemoryBytes, 1, 8192);
        Assert.Equal("1000+100 a_method_compiled_for_the_9999th_time", Find(map, 0x1080));
    }

    [Fact]
    public void What_a_file_says_of_its_length_takes_little_memory()
    {
        var map = new GrownMap();
        map.Map.Reserve(long.MaxValue);

        Assert.InRange(map.Map.MemoryBytes, 1, 2 << 20);
    }

    [Fact]
    public void Names_stay_in_the_file_and_count_as_they_stand_there()
    {
        var map = new GrownMap();
        map.Append("1000 10 name\n"u8);
        Assert.True(map.Map.TryFind(0x1000, out _, out _, out PerfMapName name));

        Assert.Equal("name", Encoding.UTF8.GetString(PerfMap.Check(name, "name"u8)));
        Assert.Equal("", Encoding.UTF8.GetString(PerfMap.Check(name, "game"u8)));
        Assert.Equal("", Encoding.UTF8.GetString(PerfMap.Check(name, "names"u8)));
        Assert.Equal(new PerfMapName("1000 10 ".Length, 4, name.Hash), name);
    }

    [Fact]
    public void A_full_map_has_room_again_for_code_that_lies_over_other_code()
    {
        var map = new GrownMap(maxSymbols: 100);
        for (var i = 0; i < 1000; i++)
            map.Append(Encoding.UTF8.GetBytes($"1000 100 method_{i}\n"));

        Assert.Equal((1, 0), (map.Map.Count, map.Map.DroppedLines));
        Assert.Equal("1000+100 method_999", Find(map, 0x1080));
    }

    [Fact]
    public void A_map_that_grows_line_by_line_is_not_copied_for_each()
    {
        var map = new GrownMap();
        map.Append(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 100_000).Select(i => $"{0x100000 + (i * 16):x} 10 old\n"))));
        Assert.Equal(100_000, map.Map.Count);
        byte[][] lines = [.. Enumerable.Range(0, 1000).Select(i => Encoding.UTF8.GetBytes($"{0x10000 + (i * 16):x} 10 new_{i}\n"))];

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < lines.Length; i++)
        {
            map.Append(lines[i]);
            Assert.True(map.Map.TryFind((ulong)(0x10000 + (i * 16)), out _, out _, out _));
        }

        // One copy of all has 3.2 MB; each line would make one.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 40L * 3_200_000);
        Assert.Equal("10000+10 new_0", Find(map, 0x10000));
    }

    [Fact]
    public void A_later_part_differs_also_from_what_was_only_gathered()
    {
        var map = new GrownMap();
        map.Append("1000 20 first\n"u8);

        Assert.False(map.Map.Differs(Map("1000 20 first\n1020 20 next\n")));
        Assert.True(map.Map.Differs(Map("1010 20 second\n")));
        Assert.True(map.Map.Differs(Map("1000 20 fir5t\n")));
        Assert.Equal(1, map.Map.Count);
        Assert.False(map.Map.Differs(Map("1000 20 first\n1020 20 next\n")));
        Assert.True(map.Map.Differs(Map("1010 20 second\n")));

        static PerfMap Map(string text)
        {
            var map = new GrownMap();
            map.Append(Encoding.UTF8.GetBytes(text));
            return map.Map;
        }
    }

    [Fact]
    public void Lookups_agree_with_a_search_backwards_through_the_lines_however_they_were_cut()
    {
        var line = Gen.Select(Gen.ULong[0, 60], Gen.UInt[1, 20]);
        Gen.Select(line.Array[0, 30], Gen.Int[1, 40]).Sample((lines, cut) =>
        {
            var text = Encoding.UTF8.GetBytes(string.Concat(lines.Select((l, i) => $"{l.Item1:x} {l.Item2:x} name {i}\n")));
            var map = new GrownMap();
            for (int from = 0, to = cut; from < text.Length; to += cut)
                from += map.Append(text.AsSpan(from..Math.Min(to, text.Length)));

            for (var address = 0ul; address < 90; address++)
            {
                var holder = Array.FindLastIndex(lines, l => address >= l.Item1 && address - l.Item1 < l.Item2);
                var expected = holder < 0 ? "" : $"{lines[holder].Item1:x}+{lines[holder].Item2:x} name {holder}";
                Assert.Equal(expected, Find(map, address));
            }
        });
    }

    private static readonly byte[] Marks = [.. "\n 0fx"u8];

    [Fact]
    public void Arbitrary_bytes_never_throw() =>
        Gen.OneOf(Gen.Byte, Gen.Int[0, Marks.Length - 1].Select(i => Marks[i])).Array[0, 200].Sample(bytes =>
        {
            var map = new GrownMap();
            Assert.InRange(map.Append(bytes), 0, bytes.Length);
            map.Map.TryFind(0xf, out _, out _, out _);
        });

    private static string Find(GrownMap map, ulong address) =>
        map.Map.TryFind(address, out var start, out var size, out var name) ? $"{start:x}+{size:x} {map.Name(name)}" : "";

    /// <summary>A map with the file that its names stay in: of what it is given as much as it used.</summary>
    private sealed class GrownMap(int maxSymbols = 1 << 19)
    {
        private readonly ArrayBufferWriter<byte> _file = new();

        public PerfMap Map { get; } = new(maxSymbols);

        public int Append(ReadOnlySpan<byte> text)
        {
            int used = Map.Append(text, _file.WrittenCount);
            _file.Write(text[..used]);
            return used;
        }

        public string Name(PerfMapName name) => Encoding.UTF8.GetString(PerfMap.Check(name, _file.WrittenSpan.Slice(name.At, name.Length)));
    }
}
