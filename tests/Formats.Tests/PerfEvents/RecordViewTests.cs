using Diagnose.Formats.PerfEvents;

namespace Diagnose.Formats.Tests.PerfEvents;

public class RecordViewTests
{
    private static readonly SampleLayout bare = new(new PerfEventAttr());

    [Fact]
    public void Mmap()
    {
        var record = new RecordBytes(RecordKind.Mmap, RecordMisc.MmapData).U32(uint.MaxValue, 0).U64(1, 2, 3).Name("[kernel.kallsyms]_text").Build();
        Assert.True(MmapRecord.TryParse(record, bare, out var mmap));
        Assert.Equal((-1, 0, 1UL, 2UL, 3UL, true), (mmap.Pid, mmap.Tid, mmap.Addr, mmap.Len, mmap.PgOff, mmap.IsData));
        Assert.Equal("[kernel.kallsyms]_text"u8, mmap.Filename);
    }

    [Fact]
    public void Mmap2_with_device_and_inode()
    {
        var record = new RecordBytes(RecordKind.Mmap2).U32(1, 2).U64(3, 4, 5).U32(6, 7).U64(8, 9).U32(5, 2).Name("/lib/x.so").Build();
        Assert.True(Mmap2Record.TryParse(record, bare, out var mmap));
        Assert.Equal((1, 2, 3UL, 4UL, 5UL), (mmap.Pid, mmap.Tid, mmap.Addr, mmap.Len, mmap.PgOff));
        Assert.Equal((6U, 7U, 8UL, 9UL, 5U, 2U), (mmap.Major, mmap.Minor, mmap.Inode, mmap.InodeGeneration, mmap.Prot, mmap.MapFlags));
        Assert.True(mmap is { HasBuildId: false, IsData: false, BuildId.IsEmpty: true });
        Assert.Equal("/lib/x.so"u8, mmap.Filename);
    }

    [Fact]
    public void Mmap2_with_a_build_ID_longer_than_its_field_is_refused()
    {
        byte[] Record(byte size) => new RecordBytes(RecordKind.Mmap2, RecordMisc.MmapBuildId).U32(1, 2).U64(3, 4, 5)
            .Bytes([size, 0, 0, 0]).Bytes(new byte[20]).U32(5, 2).Name("/lib/x.so").Build();
        Assert.True(Mmap2Record.TryParse(Record(8), bare, out var mmap));
        Assert.Equal(8, mmap.BuildId.Length);
        Assert.True(Mmap2Record.TryParse(Record(20), bare, out _));
        Assert.False(Mmap2Record.TryParse(Record(21), bare, out _));
    }

    [Fact]
    public void Lost_and_lost_samples()
    {
        Assert.True(LostRecord.TryParse(new RecordBytes(RecordKind.Lost).U64(1, 2).Build(), bare, out var lost));
        Assert.Equal((1UL, 2UL), (lost.Id, lost.Lost));
        Assert.True(LostSamplesRecord.TryParse(new RecordBytes(RecordKind.LostSamples).U64(3).Build(), bare, out var samples));
        Assert.Equal(3UL, samples.Lost);
    }

    [Fact]
    public void Throttle_and_unthrottle()
    {
        Assert.True(ThrottleRecord.TryParse(new RecordBytes(RecordKind.Throttle).U64(1, 2, 3).Build(), bare, out var throttle));
        Assert.Equal((true, 1UL, 2UL, 3UL), (throttle.IsThrottle, throttle.Time, throttle.Id, throttle.StreamId));
        Assert.True(ThrottleRecord.TryParse(new RecordBytes(RecordKind.Unthrottle).U64(1, 2, 3).Build(), bare, out throttle));
        Assert.False(throttle.IsThrottle);
    }

    [Fact]
    public void Ksymbol()
    {
        var record = new RecordBytes(RecordKind.Ksymbol).U64(0xffffffffc0000000).U32(64).U32(1 | 1 << 16).Name("bpf_prog_1").Build();
        Assert.True(KsymbolRecord.TryParse(record, bare, out var ksymbol));
        Assert.Equal((0xffffffffc0000000, 64U, KsymbolKind.Bpf, true), (ksymbol.Addr, ksymbol.Len, ksymbol.Kind, ksymbol.IsUnregister));
        Assert.Equal("bpf_prog_1"u8, ksymbol.Name);
    }

    [Fact]
    public void A_name_without_its_NUL_ends_with_the_record()
    {
        var record = new RecordBytes(RecordKind.Comm, RecordMisc.CommExec).U32(1, 2).Bytes("12345678"u8).Build();
        Assert.True(CommRecord.TryParse(record, bare, out var comm));
        Assert.Equal("12345678"u8, comm.Comm);
        Assert.True(comm.IsExec);
    }
}
