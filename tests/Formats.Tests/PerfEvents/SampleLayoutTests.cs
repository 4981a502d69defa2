using Diagnose.Formats.PerfEvents;

namespace Diagnose.Formats.Tests.PerfEvents;

public class SampleLayoutTests
{
    private static readonly PerfEventAttr everything = new()
    {
        SampleType = SampleFormat.Known,
        ReadFormat = ReadFormat.Known,
        BranchSampleType = 1 << 17,
        SampleRegsUser = 0b1011,
        SampleRegsIntr = 0b1,
        SampleIdAll = true,
    };

    private static byte[] Everything => new RecordBytes(RecordKind.Sample)
        .U64(1, 2).U32(3, 4).U64(5, 6, 1, 8).U32(9, 0).U64(10) // identifier ip pid,tid time addr id stream cpu,0 period
        .U64(2, 11, 12).U64(20, 21, 22, 30, 31, 32) // group read: nr, enabled, running, (value, id, lost) twice
        .U64(3, 100, 101, 102) // callchain
        .U32(12).Bytes("raw raw raw "u8)
        .U64(1, 77, 40, 41, 42) // branch stack: nr, hw_idx, from, to, flags
        .U64(2, 50, 51, 52) // user registers: abi and those of the mask
        .U64(8, 60, 8) // user stack
        .U64(70, 71, 72) // weight, data_src, transaction
        .U64(0) // no interrupt registers: ABI_NONE
        .U64(80, 0xc0ffee, 81, 82) // phys_addr, cgroup, data and code page size
        .U64(8, 90) // aux
        .Build();

    [Fact]
    public void Every_field_is_found_where_the_kernel_puts_it()
    {
        var layout = new SampleLayout(everything);
        Assert.True(layout.TryParseSample(Everything, out var sample));
        Assert.Equal(1UL, sample.Id);
        Assert.Equal(2UL, sample.Ip);
        Assert.Equal((3, 4), (sample.Pid, sample.Tid));
        Assert.Equal(5UL, sample.Time);
        Assert.Equal(6UL, sample.Addr);
        Assert.Equal(8UL, sample.StreamId);
        Assert.Equal(9, sample.Cpu);
        Assert.Equal(10UL, sample.Period);
        Assert.Equal([100, 101, 102], sample.Callchain.ToArray());
        Assert.Equal("raw raw raw "u8, sample.Raw);
        Assert.Equal(0xc0ffeeUL, sample.Cgroup);
    }

    [Fact]
    public void Registers_and_the_part_of_the_stack_that_was_read_are_viewed()
    {
        var layout = new SampleLayout(everything);
        Assert.Equal(0b1011UL, layout.RegistersUser);
        var whole = Everything;
        Assert.True(layout.TryParseUserContext(whole, out var context));
        Assert.Equal(RegisterAbi.Bits64, context.Abi);
        Assert.Equal([50, 51, 52], context.Registers.ToArray());
        Assert.Equal(BitConverter.GetBytes(60UL), context.Stack.ToArray());

        // dyn_size says less than the dump, then more: it is never believed beyond the dump.
        var filled = whole.AsSpan().IndexOf([.. BitConverter.GetBytes(60UL), .. BitConverter.GetBytes(8UL)]) + 8;
        whole[filled] = 5;
        Assert.True(layout.TryParseUserContext(whole, out context));
        Assert.Equal(5, context.Stack.Length);
        whole[filled + 5] = 5;
        Assert.True(layout.TryParseUserContext(whole, out context));
        Assert.Equal(8, context.Stack.Length);
        for (var length = 0; length < filled + 8; length++) Assert.False(layout.TryParseUserContext(whole.AsSpan(0, length), out _));
    }

    [Fact]
    public void A_sample_cut_short_anywhere_is_refused()
    {
        var layout = new SampleLayout(everything);
        var whole = Everything;
        for (var length = 0; length < whole.Length; length++)
            Assert.False(layout.TryParseSample(whole.AsSpan(0, length), out _), $"{length} of {whole.Length} bytes");
    }

    [Fact]
    public void Counts_that_are_too_great_are_refused_and_never_read_beyond()
    {
        var layout = new SampleLayout(everything);
        for (var at = 8; at < Everything.Length; at += 8)
            foreach (var value in (ulong[])[ulong.MaxValue, 1UL << 61, 1UL << 32, int.MaxValue, 0x1_0000_0001])
            {
                var damaged = Everything;
                BitConverter.GetBytes(value).CopyTo(damaged, at);
                if (layout.TryParseSample(damaged, out var sample)) Assert.Equal(3, sample.Callchain.Length);
            }
    }

    [Fact]
    public void Fields_that_were_not_asked_for_are_zero()
    {
        var layout = new SampleLayout(new PerfEventAttr { SampleType = SampleFormat.Time });
        Assert.True(layout.TryParseSample(new RecordBytes(RecordKind.Sample).U64(7).Build(), out var sample));
        Assert.Equal(7UL, sample.Time);
        Assert.Equal((0UL, 0, 0, 0, 0UL), (sample.Ip, sample.Pid, sample.Tid, sample.Cpu, sample.Cgroup));
        Assert.True(sample.Callchain.IsEmpty);
        Assert.Equal(0, layout.TrailerSize);
    }

    [Fact]
    public void The_trailer_of_other_records_is_read_from_their_end()
    {
        var record = new RecordBytes(RecordKind.Comm).U32(1, 2).Name("bash")
            .U32(3, 4).U64(5, 6, 7).U32(8, 0).U64(9).Build();
        var layout = new SampleLayout(everything);
        Assert.Equal(48, layout.TrailerSize);
        Assert.True(layout.TryParseSampleId(record, out var id));
        Assert.Equal(new SampleId { Pid = 3, Tid = 4, Time = 5, Id = 9, StreamId = 7, Cpu = 8 }, id);
        Assert.True(SampleId.TryReadIdentifier(record, out var identifier));
        Assert.Equal(9UL, identifier);
        Assert.True(CommRecord.TryParse(record, layout, out var comm));
        Assert.Equal("bash"u8, comm.Comm);
        Assert.True(SampleId.TryReadIdentifier(Everything, out identifier));
        Assert.Equal(1UL, identifier);
    }

    [Fact]
    public void Fields_that_are_not_known_are_refused_by_name()
    {
        Assert.False(SampleLayout.CanLayOut(new PerfEventAttr { SampleType = (SampleFormat)(1UL << 25) }, out var why));
        Assert.Contains("0x2000000", why, StringComparison.Ordinal);
        Assert.Throws<NotSupportedException>(() => new SampleLayout(new PerfEventAttr { SampleType = (SampleFormat)(1UL << 63) }));
    }
}
