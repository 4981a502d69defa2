using System.Globalization;
using System.Text;
using CsCheck;
using Diagnose.Formats.PerfScript;

namespace Diagnose.Formats.Tests.PerfScript;

public class AnyTextTests
{
    private static readonly Gen<string> s_comm = Gen.Char["abcXYZ019 []():./#-"].Array[1, 15]
        .Select(letters => new string(letters).Trim()).Where(comm => comm.Length > 0 && comm[0] != '#' && !comm.StartsWith("PERF_", StringComparison.Ordinal));

    private static readonly Gen<string> s_name = Gen.OneOf("do_syscall_64", "f(int, char const*) const", "operator()", "(anonymous namespace)::g",
        "<T as core::ops::Fn<()>>::call", "~A", "std::vector<int, std::allocator<int> >::push_back", "a.constprop.0", "x [y] z", "+", "");

    private static readonly Gen<string> s_dso = Gen.OneOf("[kernel.kallsyms]", "[nf_tables]", "/usr/bin/a", "/usr/bin/a (deleted)",
        "/tmp/my (odd) dir/x", "[unknown]", "/tmp/perf-12.map", "[vdso]", "//anon", "/a/(b", "/a/b)");

    private static readonly Gen<ReadFrame> s_frame = Gen.Select(Gen.ULong, s_name, Gen.ULong[0, 1 << 20], s_dso, Gen.Bool)
        .Select((address, name, offset, dso, isInlined) => name.Length == 0 ? new ReadFrame(address, "", null, dso)
            : isInlined ? new ReadFrame(address, name, offset, "", true) : new ReadFrame(address, name, offset, dso));

    private static readonly Gen<ReadHit> s_hit = Gen.Select(
        s_comm, Gen.Int[-1, 4_194_304], Gen.Int[0, 4_194_304], Gen.Int[-1, 4095], Gen.ULong[0, 1UL << 60], Gen.ULong[0, 1UL << 40],
        Gen.OneOf("cycles:u", "raw_syscalls:sys_enter", "cpu/event=0x3c,umask=0x0/", "probe:vfs_read", "my event"), s_frame.Array[1, 12])
        .Select((comm, pid, tid, cpu, time, period, name, frames) => new ReadHit(comm, pid, tid, cpu, time, period, name, frames));

    [Fact]
    public void A_hit_printed_as_perf_prints_it_reads_back_equal() =>
        Gen.Select(s_hit.Array[1, 8], Gen.Bool, Gen.Int[1, 200], Gen.Bool).Sample((hits, isNs, piece, isLong) =>
        {
            if (!isNs)
                hits = [.. hits.Select(hit => hit with { Time = hit.Time / 1000 * 1000 })];
            byte[] text = Encoding.Latin1.GetBytes(string.Concat(hits.Select(hit => Print(hit, isNs, isLong ? 7 : 5))));
            Assert.Equal(hits, ReadText.Hits(new PieceStream(text, piece, 1, 3), out PerfScriptReader reader));
            Assert.Equal("", ReadText.Skipped(reader));
        }, iter: 3000);

    [Fact]
    public void Any_bytes_are_read_without_an_exception_and_alike_in_any_pieces() =>
        Gen.Select(s_hit.Array[0, 3], Gen.Char["\t\n\r #()[]:+0x1af./P\0\u00ff"].Array[0, 300], Gen.Int[0, 1000], Gen.Int[1, 50]).Sample((hits, noise, place, piece) =>
        {
            string text = string.Concat(hits.Select(hit => Print(hit, true, 5)));
            Same(Encoding.Latin1.GetBytes(text.Insert(Math.Min(place, text.Length), new string(noise))), piece);
        }, iter: 3000);

    [Theory]
    [InlineData("ids")]
    [InlineData("flat")]
    [InlineData("srcline")]
    public void Flipped_bytes_and_cuts_lose_little_and_never_throw(string name)
    {
        byte[] whole = ReadText.Fixture(name);
        whole = whole[..Math.Min(whole.Length, 40_000)];
        int expected = ReadText.Hits(new MemoryStream(whole), out _).Count;
        var random = new Random(name.Length);
        for (int run = 0; run < 200; run++)
        {
            byte[] damaged = whole[..random.Next(whole.Length / 2, whole.Length)];
            int flips = random.Next(0, 10);
            for (int i = 0; i < flips; i++)
                damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            int hits = Same(damaged, random.Next(1, 100_000));
            // One flip can cost the hit that it is in, and make a line of a frame or two of a line.
            int least = ReadText.Hits(new MemoryStream(whole[..damaged.Length]), out _).Count;
            Assert.InRange(hits, Math.Max(0, least - (flips * 2)), expected + flips);
        }
    }

    [Fact]
    public void Reading_costs_no_memory_for_a_hit()
    {
        byte[] text = ReadText.Fixture("tracepoint");
        int hits = 0;
        long few = Allocated.LeastOf(() => hits = Count(text, 1)), many = Allocated.LeastOf(() => hits = Count(text, 3));
        Assert.Equal(2044 * 3, hits);
        Assert.Equal(few, many);
    }

    private static int Count(byte[] text, int times)
    {
        var reader = new PerfScriptReader(new RepeatedStream(text, times));
        int hits = 0;
        while (reader.TryRead(out PerfScriptHit hit))
        {
            hits++;
            PerfScriptFrameLines lines = hit.Lines;
            while (lines.TryRead(out ReadOnlySpan<byte> line, out _))
                _ = PerfScriptFrame.TryParse(line, out _);
        }

        return hits;
    }

    /// <summary>The same text some times over.</summary>
    private sealed class RepeatedStream(byte[] text, int times) : MemoryStream(text)
    {
        private int _left = times - 1;

        public override int Read(Span<byte> buffer)
        {
            if (Position == Length && _left-- > 0)
                Position = 0;
            return base.Read(buffer);
        }
    }

    private static int Same(byte[] text, int piece)
    {
        List<ReadHit> whole = ReadText.Hits(new MemoryStream(text), out PerfScriptReader reader);
        Assert.Equal(whole, ReadText.Hits(new PieceStream(text, piece, 1, 5), out PerfScriptReader pieces));
        Assert.Equal(ReadText.Skipped(reader), ReadText.Skipped(pieces));
        Assert.Equal(reader.Losses, pieces.Losses);
        _ = PerfScriptReader.LooksLikePerfScript(text);
        return whole.Count;
    }

    /// <summary>As perf_sample__fprintf_start and those behind it print a sample with a callchain.</summary>
    private static string Print(ReadHit hit, bool isNs, int idWidth)
    {
        var text = new StringBuilder();
        IFormatProvider invariant = CultureInfo.InvariantCulture;
        text.Append(hit.Comm).Append(' ');
        string pid = hit.Pid.ToString(invariant).PadLeft(idWidth), tid = hit.Tid.ToString(invariant);
        text.Append(hit.Pid >= 0 ? $"{pid}/{tid.PadRight(idWidth)} " : tid.PadLeft(idWidth) + " ");
        if (hit.Cpu >= 0)
            text.Append(invariant, $"[{hit.Cpu:000}] ");
        ulong seconds = hit.Time!.Value / 1_000_000_000, ns = hit.Time.Value % 1_000_000_000;
        text.Append(isNs ? string.Create(invariant, $"{seconds,5}.{ns:000000000}: ") : string.Create(invariant, $"{seconds}.{ns / 1000:000000}: ").PadLeft(14));
        if (hit.Period > 0)
            text.Append(invariant, $"{hit.Period,10} ");
        text.Append(invariant, $"{hit.Event,12}: \n");
        foreach (ReadFrame frame in hit.Frames)
        {
            text.Append(invariant, $"\t{frame.Address,16:x} ");
            text.Append(frame.Name.Length == 0 ? "[unknown]" : string.Create(invariant, $"{frame.Name}+0x{frame.Offset:x}"));
            text.Append(frame.IsInlined ? " (inlined)\n" : $" ({frame.Dso})\n");
        }

        return text.Append('\n').ToString();
    }
}
