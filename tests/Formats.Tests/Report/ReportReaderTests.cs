using System.Buffers;
using System.Text;
using CsCheck;
using Diagnose.Formats.Report;

namespace Diagnose.Formats.Tests.Report;

public class ReportReaderTests
{
    private sealed record Frame(ReportLineKind Kind, ulong Address, string Name, string Module);

    private sealed record Hit(string Cgroup, string Comm, int Pid, long Sequence, ulong Seconds, ulong Microseconds, Frame[] Frames)
    {
        public bool Equals(Hit? other) => other is not null && ToString() == other.ToString() && Frames.SequenceEqual(other.Frames);

        public override int GetHashCode() => Pid;

        public override string ToString() => $"{Cgroup}|{Comm}|{Pid}|{Sequence}|{Seconds}:{Microseconds}|{Frames.Length}";
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);

    private static void ReadWindow(ref ReportReader reader, List<Hit> hits)
    {
        while (reader.TryRead(out var hit))
        {
            var frames = new List<Frame>();
            var lines = hit.Lines;
            while (lines.TryRead(out var line))
                if (line.Kind is ReportLineKind.Other)
                    continue;
                else if (ReportFrame.TryParse(line.Text, out var frame, out var reason))
                    frames.Add(new Frame(line.Kind, frame.Address, Text(frame.Name), Text(frame.Module)));
                else
                    reader.Damaged(hit, line.Position, reason);
            hits.Add(new Hit(Text(hit.Cgroup), Text(hit.Comm), hit.Pid, hit.Sequence, hit.Seconds, hit.Microseconds, [.. frames]));
        }
    }

    private static List<Hit> Read(ReadOnlySpan<byte> text, out ReportDamage damage)
    {
        damage = new ReportDamage();
        var hits = new List<Hit>();
        var reader = new ReportReader(text, true, damage);
        ReadWindow(ref reader, hits);
        Assert.Equal(text.Length, reader.Consumed);
        return hits;
    }

    private static List<Hit> Read(string text, out ReportDamage damage) => Read(Encoding.UTF8.GetBytes(text), out damage);

    [Fact]
    public void The_documented_hit_is_read_with_every_field()
    {
        var hit = Assert.Single(Read(DocumentedPage.Hit, out var damage));
        Assert.Equal(0, damage.Count);
        Assert.Equal("h2o|h2o|106526|4564|1584004225:651374|14", hit.ToString());
        Assert.Equal(
            [
                new(ReportLineKind.Kernel, 0xffffffff81025022, "save_stack_trace_tsk", ""),
                new(ReportLineKind.Kernel, 0xffffffffa141f419, "diagnose_save_stack_trace", "diagnose"),
                new(ReportLineKind.Kernel, 0xffffffffa141fd8e, "ali_diag_task_kern_stack", "diagnose"),
                new(ReportLineKind.Kernel, 0xffffffffa142eaab, "kprobe_pre", "diagnose"),
            ],
            hit.Frames[..4]);
        Assert.Equal(
            [
                new(ReportLineKind.User, 0xcbf32d, "_ZNKSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEE4findEPKcmm", ""),
                new(ReportLineKind.Thread, 0xffffffffffffff, "h2o", ""),
                new(ReportLineKind.Chain, 0xffffffffffffff, "h2o", ""),
                new(ReportLineKind.Chain, 0xffffffffffffff, "auditd", ""),
                new(ReportLineKind.Chain, 0xffffffffffffff, "systemd", ""),
            ],
            hit.Frames[9..]);
    }

    [Theory]
    [InlineData("\uFEFF", "")]
    [InlineData("some shell's prompt $ \n\n## a heading\n", "功能设置成功\n")]
    [InlineData("\r\n", "\r\n")]
    public void Other_text_around_hits_is_no_damage(string before, string after)
    {
        var hits = Read(before + DocumentedPage.Hit + after + DocumentedPage.Hit, out var damage);
        Assert.Equal(2, hits.Count);
        Assert.Equal(0, damage.Count);
    }

    [Fact]
    public void A_last_line_without_its_end_still_ends_the_hit() =>
        Assert.Single(Read(DocumentedPage.Hit.TrimEnd('\n'), out _));

    [Fact]
    public void Names_with_brackets_blanks_and_the_texts_own_words_are_taken_from_the_right()
    {
        var hits = Read(
            "KPROBE命中：PID： 12[a]，时间：[b]]，时间：[7:000008]\n"
            + "##CGROUP:[x]  9      [001]  KPROBE命中，时间：[1:2]]  12      [003]  KPROBE命中，时间：[7:000008]\n"
            + "#@        0x10 foo [bar] baz\t[mod]  ([kernel.kallsyms])\n"
            + "#~        0x20 operator new(unsigned long) (anonymous namespace)::f (int) ([symbol])\n"
            + "#~        0x21 no_source\n"
            + "#*        0xffffffffffffff  my (comm) (UNKNOWN)\n"
            + "##\n", out var damage);
        Assert.Equal(0, damage.Count);
        var hit = Assert.Single(hits);
        Assert.Equal("x]  9      [001]  KPROBE命中，时间：[1:2]", hit.Cgroup);
        Assert.Equal((12, 3L, "a]，时间：[b]"), (hit.Pid, hit.Sequence, hit.Comm));
        Assert.Equal(
            [
                new(ReportLineKind.Kernel, 0x10, "foo [bar] baz", "mod"),
                new(ReportLineKind.User, 0x20, "operator new(unsigned long) (anonymous namespace)::f (int)", ""),
                new(ReportLineKind.User, 0x21, "no_source", ""),
                new(ReportLineKind.Thread, 0xffffffffffffff, " my (comm)", ""),
            ],
            hit.Frames);
    }

    [Fact]
    public void The_header_of_the_tools_other_commands_is_read()
    {
        var hit = Assert.Single(Read("##CGROUP:[a b]  77      [012]  采样命中\n#~        0x1 f ([symbol])\n##\n", out var damage));
        Assert.Equal("a b||77|12|0:0|1", hit.ToString());
        Assert.Equal(0, damage.Count);
    }

    [Fact]
    public void Damage_is_told_with_its_offset_and_line()
    {
        const string text = "x\n##CGROUP:[a]  no number\n#~        0x1 f ([symbol])\n##\n";
        Assert.Empty(Read(text + DocumentedPage.Hit[..200], out var damage));
        Assert.Equal(2, damage.HitsLeftOut);
        Assert.Equal((2, 2), (damage.Places[0].Offset, damage.Places[0].Line));
        Assert.Equal(6, damage.Places[1].Line);
        Assert.Contains("ends inside", damage.Places[1].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Frames_without_a_header_are_one_place_of_damage()
    {
        var hits = Read("#@        0x1 a ([symbol])\n#~        0x1 b ([symbol])\n##\n" + DocumentedPage.Hit, out var damage);
        Assert.Single(hits);
        Assert.Equal(1, damage.Count);
        Assert.Equal(1, damage.Places[0].Line);
    }

    [Theory]
    [InlineData("#@        ffffffff81025022 a ([kernel.kallsyms])", "0x")]
    [InlineData("#@        0xg a ([kernel.kallsyms])", "hexadecimal")]
    [InlineData("#@        0x11111111111111111 a ([kernel.kallsyms])", "64-bit")]
    [InlineData("#@        0x1", "no name")]
    [InlineData("#@        0x1 ", "no name")]
    [InlineData("#@", "0x")]
    [InlineData("#~        0x1  ([symbol])", "empty")]
    public void A_frame_line_that_cannot_be_read_says_why(string line, string reason)
    {
        Assert.False(ReportFrame.TryParse(Encoding.UTF8.GetBytes(line), out _, out var said));
        Assert.Contains(reason, said, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_writer_writes_the_reader_reads() =>
        Gen.Select(Gen.Byte.Array[1, 20], Gen.Byte.Array[1, 30], Gen.ULong, Gen.Int[0, int.MaxValue], Gen.UInt[0, 999_999])
            .Sample((comm, name, address, pid, microseconds) =>
            {
                var output = new ArrayBufferWriter<byte>();
                ReportWriter.HitHeader(output, pid, comm, name, 42, address, microseconds);
                ReportWriter.KernelFrame(output, address, "sym"u8, "mod"u8);
                ReportWriter.Thread(output, comm);
                ReportWriter.End(output);
                var hit = Assert.Single(Read(output.WrittenSpan, out var damage));
                Assert.Equal(0, damage.Count);
                Assert.Equal(new Hit(Printed(name), Printed(comm), pid, 42, address, microseconds,
                [
                    new(ReportLineKind.Kernel, address, "sym", "mod"),
                    new(ReportLineKind.Thread, 0xffffffffffffff, Printed(comm), ""),
                ]), hit);
            });

    private static string Printed(byte[] name)
    {
        var output = new ArrayBufferWriter<byte>();
        PrintableName.Write(name, output);
        return Text(output.WrittenSpan);
    }

    [Fact]
    public void Text_cut_into_windows_anywhere_reads_as_in_one_piece() =>
        Gen.Select(HostileText, Gen.Int[1, 300]).Sample((text, step) =>
        {
            var whole = Read(text, out var wholeDamage);
            var hits = new List<Hit>();
            var damage = new ReportDamage();
            var (offset, line, end) = (0L, 1L, 0);
            while (true)
            {
                // The window grows until the reader can take something out of it, as a caller's buffer does.
                end = Math.Min(text.Length, end + step);
                var isLast = end == text.Length;
                var reader = new ReportReader(text.AsSpan((int)offset..end), isLast, damage, offset, line);
                ReadWindow(ref reader, hits);
                line = reader.Line;
                offset += reader.Consumed;
                if (isLast)
                    break;
            }
            Assert.Equal(whole, hits);
            Assert.Equal(wholeDamage.HitsLeftOut, damage.HitsLeftOut);
        }, iter: 2000);

    private static readonly string[] Lines =
        [.. DocumentedPage.Hit.Split('\n', StringSplitOptions.RemoveEmptyEntries), "##", "##\r", "## ", "#", "", "other"];

    /// <summary>The page's lines in any order, cut and changed anywhere.</summary>
    private static Gen<byte[]> HostileText =>
        from lines in Gen.OneOf(Lines).Array[0, 60]
        from whole in Gen.Int[0, 3]
        from changes in Gen.Select(Gen.Int[0, 4000], Gen.Byte).Array[0, 3]
        select Change(string.Concat(Enumerable.Repeat(DocumentedPage.Hit, whole)) + string.Join('\n', lines), changes);

    private static byte[] Change(string text, (int At, byte Value)[] changes)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        foreach (var (at, value) in changes)
            if (at < bytes.Length)
                bytes[at] = value;
        return bytes;
    }

    [Fact]
    public void Any_bytes_are_read_without_an_exception() =>
        Gen.OneOf(Gen.Byte.Array[0, 500], HostileText).Sample(text => Read(text, out _));

    [Fact]
    public void A_hit_without_an_end_is_given_up_and_the_next_one_read()
    {
        var lost = Encoding.UTF8.GetBytes("##CGROUP:[a]  1      [001]  采样命中\n");
        var text = new byte[ReportReader.MaxHitLength + 4096];
        Array.Fill(text, (byte)'x');
        lost.CopyTo(text, 0);
        for (var at = 1000; at < text.Length; at += 1000)
            text[at] = (byte)'\n';
        text[^1] = (byte)'\n';

        var damage = new ReportDamage();
        var hits = new List<Hit>();
        var reader = new ReportReader(text, false, damage);
        ReadWindow(ref reader, hits);
        Assert.Equal(text.Length, reader.Consumed);
        Assert.Equal(1, damage.HitsLeftOut);
        var next = new ReportReader(DocumentedPage.Bytes, true, damage, reader.Consumed, reader.Line);
        ReadWindow(ref next, hits);
        Assert.Single(hits);
        Assert.Equal(1, damage.Count);
    }

    [Fact]
    public void A_line_longer_than_a_window_does_not_stop_the_reading()
    {
        var text = new byte[ReportReader.MaxHitLength + 10];
        Array.Fill(text, (byte)'x');
        var reader = new ReportReader(text, false, new ReportDamage());
        Assert.False(reader.TryRead(out _));
        Assert.Equal(text.Length, reader.Consumed);
    }
}
