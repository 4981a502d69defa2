using System.Numerics;
using Diagnose.Formats.PerfEvents;

namespace Diagnose.Formats.PerfData;

/// <summary>
/// Turns the fields of a sample round, in the order of <see cref="SampleLayout"/>. perf swaps a sample as one array of
/// u64 and repairs it where it reads pairs of u32 and raw bytes; here every field is turned by its own width, which
/// comes to the same. PERF_SAMPLE_WEIGHT_STRUCT, PERF_SAMPLE_DATA_SRC and the flags of branches are declared so that one
/// u64 turned as a whole is right, but for the branch flags, which nothing here reads.
/// </summary>
internal static class SampleSwap
{
    /// <param name="fields">The record behind its header.</param>
    public static void Swap(Span<byte> fields, SampleLayout layout)
    {
        var rest = new SwapCursor(fields);
        Field(ref rest, layout, SampleFormat.Identifier);
        Field(ref rest, layout, SampleFormat.Ip);
        Pair(ref rest, layout, SampleFormat.Tid);
        Field(ref rest, layout, SampleFormat.Time);
        Field(ref rest, layout, SampleFormat.Addr);
        Field(ref rest, layout, SampleFormat.Id);
        Field(ref rest, layout, SampleFormat.StreamId);
        Pair(ref rest, layout, SampleFormat.Cpu);
        Field(ref rest, layout, SampleFormat.Period);
        if (layout.Has(SampleFormat.Read)) Read(ref rest, layout.ReadFormat);
        if (layout.Has(SampleFormat.Callchain)) rest.U64(rest.TakeU64());
        if (layout.Has(SampleFormat.Raw)) rest.Skip(rest.TakeU32());
        if (layout.Has(SampleFormat.BranchStack)) Branches(ref rest, layout);
        if (layout.Has(SampleFormat.RegsUser) && rest.TakeU64() != 0) rest.U64(layout.userRegisters);
        if (layout.Has(SampleFormat.StackUser))
        {
            var size = rest.TakeU64();
            rest.Skip(size);
            if (size != 0) rest.U64();
        }

        Field(ref rest, layout, SampleFormat.Weight | SampleFormat.WeightStruct);
        Field(ref rest, layout, SampleFormat.DataSrc);
        Field(ref rest, layout, SampleFormat.Transaction);
        if (layout.Has(SampleFormat.RegsIntr) && rest.TakeU64() != 0) rest.U64(layout.interruptRegisters);
        Field(ref rest, layout, SampleFormat.PhysAddr);
        Field(ref rest, layout, SampleFormat.Cgroup);
        Field(ref rest, layout, SampleFormat.DataPageSize);
        Field(ref rest, layout, SampleFormat.CodePageSize);
        if (layout.Has(SampleFormat.Aux)) rest.Skip(rest.TakeU64());
    }

    /// <param name="trailer">The <see cref="SampleId"/> at the end of a record that is no sample.</param>
    public static void SwapTrailer(Span<byte> trailer, SampleLayout layout)
    {
        if (layout.TrailerSize == 0) return;
        var rest = new SwapCursor(trailer);
        Pair(ref rest, layout, SampleFormat.Tid);
        Field(ref rest, layout, SampleFormat.Time);
        Field(ref rest, layout, SampleFormat.Id);
        Field(ref rest, layout, SampleFormat.StreamId);
        Pair(ref rest, layout, SampleFormat.Cpu);
        Field(ref rest, layout, SampleFormat.Identifier);
    }

    private static void Field(ref SwapCursor rest, SampleLayout layout, SampleFormat field)
    {
        if (layout.Has(field)) rest.U64();
    }

    // Process and thread, or CPU and a reserved word.
    private static void Pair(ref SwapCursor rest, SampleLayout layout, SampleFormat field)
    {
        if (layout.Has(field)) rest.U32(2);
    }

    private static void Read(ref SwapCursor rest, ReadFormat format)
    {
        var times = BitOperations.PopCount((ulong)(format & (ReadFormat.TotalTimeEnabled | ReadFormat.TotalTimeRunning)));
        var perCounter = (ulong)(1 + BitOperations.PopCount((ulong)(format & (ReadFormat.Id | ReadFormat.Lost))));
        var counters = (format & ReadFormat.Group) != 0 ? rest.TakeU64() : 1;
        rest.U64(times);
        rest.U64(Math.Min(counters, int.MaxValue) * perCounter);
    }

    private static void Branches(ref SwapCursor rest, SampleLayout layout)
    {
        var branches = Math.Min(rest.TakeU64(), int.MaxValue);
        if (layout.branchHwIndex) rest.U64();
        rest.U64(branches * 3);
        if (layout.branchCounters) rest.U64(branches);
    }
}
