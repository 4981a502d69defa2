using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Diagnose.Formats.PerfEvents;

namespace Diagnose.Formats.Tests.PerfEvents;

public class PerfEventAttrTests
{
    [Theory]
    [InlineData(nameof(PerfEventAttr.Config), 8)]
    [InlineData(nameof(PerfEventAttr.SamplePeriod), 16)]
    [InlineData(nameof(PerfEventAttr.SampleType), 24)]
    [InlineData(nameof(PerfEventAttr.ReadFormat), 32)]
    [InlineData(nameof(PerfEventAttr.Flags), 40)]
    [InlineData(nameof(PerfEventAttr.Wakeup), 48)]
    [InlineData(nameof(PerfEventAttr.Config1), 56)]
    [InlineData(nameof(PerfEventAttr.Config2), 64)]
    [InlineData(nameof(PerfEventAttr.BranchSampleType), 72)]
    [InlineData(nameof(PerfEventAttr.SampleRegsUser), 80)]
    [InlineData(nameof(PerfEventAttr.SampleStackUser), 88)]
    [InlineData(nameof(PerfEventAttr.ClockId), 92)]
    [InlineData(nameof(PerfEventAttr.SampleRegsIntr), 96)]
    [InlineData(nameof(PerfEventAttr.AuxWatermark), 104)]
    [InlineData(nameof(PerfEventAttr.SampleMaxStack), 108)]
    [InlineData(nameof(PerfEventAttr.AuxSampleSize), 112)]
    [InlineData(nameof(PerfEventAttr.SigData), 120)]
    [InlineData(nameof(PerfEventAttr.Config3), 128)]
    public void Fields_lie_where_the_kernel_header_has_them(string field, int offset) =>
        Assert.Equal(offset, (int)Marshal.OffsetOf<PerfEventAttr>(field));

    [Fact]
    public void The_structure_has_the_size_of_version_8() => Assert.Equal(PerfEventAttr.FullSize, Unsafe.SizeOf<PerfEventAttr>());

    [Fact]
    public void Flags_are_the_bits_of_the_kernel_header()
    {
        // The order of the bit field in linux/perf_event.h; precise_ip (15, 16) is a number.
        string[] names =
        [
            "Disabled", "Inherit", "Pinned", "Exclusive", "ExcludeUser", "ExcludeKernel", "ExcludeHypervisor", "ExcludeIdle", "Mmap", "Comm",
            "Freq", "InheritStat", "EnableOnExec", "Task", "Watermark", "", "", "MmapData", "SampleIdAll", "ExcludeHost", "ExcludeGuest",
            "ExcludeCallchainKernel", "ExcludeCallchainUser", "Mmap2", "CommExec", "UseClockId", "ContextSwitch", "WriteBackward", "Namespaces",
            "Ksymbol", "BpfEvent", "AuxOutput", "Cgroup", "TextPoke", "BuildId", "InheritThread", "RemoveOnExec", "Sigtrap",
        ];
        for (var bit = 0; bit < names.Length; bit++)
        {
            if (names[bit].Length == 0) continue;
            var property = typeof(PerfEventAttr).GetProperty(names[bit])!;
            object attr = new PerfEventAttr();
            property.SetValue(attr, true);
            Assert.Equal(1UL << bit, ((PerfEventAttr)attr).Flags);
            Assert.Equal(true, property.GetValue(attr));
            property.SetValue(attr, false);
            Assert.Equal(0UL, ((PerfEventAttr)attr).Flags);
        }

        Assert.Equal(3UL << 15, new PerfEventAttr { PreciseIp = 3 }.Flags);
        Assert.Equal(2, new PerfEventAttr { PreciseIp = 2 }.PreciseIp);
    }

    [Fact]
    public void An_attribute_of_another_version_is_read_as_far_as_it_goes()
    {
        var stored = new byte[200];
        stored.AsSpan().Fill(0xff);
        Assert.False(PerfEventAttr.TryRead(stored.AsSpan(0, 63), out _));
        Assert.True(PerfEventAttr.TryRead(stored.AsSpan(0, 64), out var oldest));
        Assert.Equal(ulong.MaxValue, oldest.Config1);
        Assert.Equal(0UL, oldest.Config2);
        Assert.True(PerfEventAttr.TryRead(stored, out var newest));
        Assert.Equal(ulong.MaxValue, newest.Config3);
    }
}
