using Diagnose.Formats.Unwind;

namespace Diagnose.Formats.Tests.Unwind;

public class UnwindAllocationTests
{
    [Fact]
    public void Stacks_over_known_rows_cost_no_memory()
    {
        var elf = new UnwindElf();
        int common = elf.EhFrame.Common(FrameBytes.AtCall);
        elf.EhFrame.Frame(common, 0x1000, 0x40, [0x0e, 16, 0x83, 2]);
        elf.EhFrame.Frame(common, 0x1100, 0x40, [0x0f, 2, 0x77, 16]); // one that is run each time
        var process = new Quiet(elf);
        byte[] stack = new byte[512];
        for (int at = 0; at < 512; at += 16)
            BitConverter.TryWriteBytes(stack.AsSpan(at + 8), at % 32 == 0 ? 0x1110UL : 0x1010UL);
        ulong[] frames = new ulong[64];
        long walked = 0;
        Assert.Equal(0, Allocated.LeastOf(() =>
        {
            for (int round = 0; round < 200; round++)
                walked += process.Unwind(stack, frames);
        }));
        Assert.True(walked > 200 * 30);
        Assert.Equal(3, process.Unwinder.Misses);
    }

    private sealed class Quiet(UnwindElf elf) : IUnwindModules
    {
        private readonly byte[] _file = elf.Write();
        private readonly UnwindModule _module = new(0x1000, 0x4000, 0, elf.Table(out _));

        public Unwinder<Diagnose.Formats.Unwind.X64.X64Registers> Unwinder { get; } = new();

        public int Unwind(byte[] stack, ulong[] frames)
        {
            Diagnose.Formats.Unwind.X64.X64Registers.TryFromPerf(1 << 7 | 1 << 8, [0x10000, 0x1000], out var registers);
            return Unwinder.Unwind(registers, new StackCopy(0x10000, stack), this, frames, out _);
        }

        public bool TryFind(ulong address, out UnwindModule found)
        {
            found = _module;
            return found.Covers(address);
        }

        public ReadOnlySpan<byte> Load(in UnwindModule code) => _file;
    }
}
