using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Diagnose.Formats.PerfEvents;

namespace Diagnose.Formats.PerfData;

/// <summary>A <c>struct perf_event_attr</c> as a file of either byte order holds it.</summary>
internal static class StoredAttr
{
    /// <summary>Reads an attribute of as many bytes as were stored; false when they are less than any perf wrote.</summary>
    public static bool TryRead(ReadOnlySpan<byte> stored, ByteOrder order, out PerfEventAttr attr)
    {
        if (!PerfEventAttr.TryRead(stored, out attr)) return false;
        if (order.IsBigEndian) Swap(ref attr);
        return true;
    }

    public static ulong[] ReadIds(ReadOnlySpan<byte> stored, ByteOrder order)
    {
        var ids = MemoryMarshal.Cast<byte, ulong>(stored).ToArray();
        if (order.IsBigEndian) BinaryPrimitives.ReverseEndianness(ids, ids);
        return ids;
    }

    // As perf_event__attr_swap() in tools/perf/util/session.c. The reserved fields are not read and so not swapped.
    private static void Swap(ref PerfEventAttr attr)
    {
        attr.Type = BinaryPrimitives.ReverseEndianness(attr.Type);
        attr.Size = BinaryPrimitives.ReverseEndianness(attr.Size);
        attr.Config = BinaryPrimitives.ReverseEndianness(attr.Config);
        attr.SamplePeriod = BinaryPrimitives.ReverseEndianness(attr.SamplePeriod);
        attr.SampleType = (SampleFormat)BinaryPrimitives.ReverseEndianness((ulong)attr.SampleType);
        attr.ReadFormat = (ReadFormat)BinaryPrimitives.ReverseEndianness((ulong)attr.ReadFormat);
        attr.Flags = SwapBitField(attr.Flags);
        attr.Wakeup = BinaryPrimitives.ReverseEndianness(attr.Wakeup);
        attr.BreakpointType = BinaryPrimitives.ReverseEndianness(attr.BreakpointType);
        attr.Config1 = BinaryPrimitives.ReverseEndianness(attr.Config1);
        attr.Config2 = BinaryPrimitives.ReverseEndianness(attr.Config2);
        attr.BranchSampleType = BinaryPrimitives.ReverseEndianness(attr.BranchSampleType);
        attr.SampleRegsUser = BinaryPrimitives.ReverseEndianness(attr.SampleRegsUser);
        attr.SampleStackUser = BinaryPrimitives.ReverseEndianness(attr.SampleStackUser);
        attr.ClockId = BinaryPrimitives.ReverseEndianness(attr.ClockId);
        attr.SampleRegsIntr = BinaryPrimitives.ReverseEndianness(attr.SampleRegsIntr);
        attr.AuxWatermark = BinaryPrimitives.ReverseEndianness(attr.AuxWatermark);
        attr.SampleMaxStack = BinaryPrimitives.ReverseEndianness(attr.SampleMaxStack);
        attr.AuxSampleSize = BinaryPrimitives.ReverseEndianness(attr.AuxSampleSize);
        attr.SigData = BinaryPrimitives.ReverseEndianness(attr.SigData);
        attr.Config3 = BinaryPrimitives.ReverseEndianness(attr.Config3);
    }

    // C gives out the bits of a bit field from the other end on a big-endian machine: the first one is the highest bit of
    // the first byte. So the bits within each byte are reversed and the bytes stay. precise_ip has two bits, which that
    // turns round.
    internal static ulong SwapBitField(ulong bits)
    {
        bits = (bits >> 1 & 0x5555555555555555) | (bits & 0x5555555555555555) << 1;
        bits = (bits >> 2 & 0x3333333333333333) | (bits & 0x3333333333333333) << 2;
        bits = (bits >> 4 & 0x0f0f0f0f0f0f0f0f) | (bits & 0x0f0f0f0f0f0f0f0f) << 4;
        return bits & ~(3UL << 15) | (bits >> 15 & 1) << 16 | (bits >> 16 & 1) << 15;
    }
}
