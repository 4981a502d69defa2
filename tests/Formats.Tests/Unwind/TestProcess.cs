using Diagnose.Formats.Elf;
using Diagnose.Formats.Unwind;
using Diagnose.Formats.Unwind.X64;

namespace Diagnose.Formats.Tests.Unwind;

/// <summary>A process that maps hand-made files, and a stack that a test fills.</summary>
internal sealed class TestProcess : IUnwindModules
{
    public const ulong StackAt = 0x7fff_0000_0000, Bias = 0x5555_0000_0000;

    private readonly List<(UnwindModule Module, byte[] File)> _modules = [];

    public byte[] Stack { get; set; } = new byte[1024];

    public X64Registers Registers = NewRegisters();

    public Unwinder<X64Registers> Unwinder { get; } = new(64);

    public int Loads { get; private set; }

    public bool CanLoad { get; set; } = true;

    public UnwindEnd End { get; private set; }

    public void Map(UnwindElf elf, ulong bias = Bias)
    {
        UnwindTable table = elf.Table(out byte[] file);
        _modules.Add((new UnwindModule(bias + 0x1000, bias + 0x4000, bias, table), file));
    }

    public void MapFile(byte[] file, ulong start, ulong end, ulong bias)
    {
        Assert.True(ElfImage.TryParse(file, out ElfImage elf, out string error), error);
        _modules.Add((new UnwindModule(start, end, bias, UnwindTable.Build(elf)), file));
    }

    /// <summary>Code without a file.</summary>
    public void MapCode(ulong start, ulong end) => _modules.Add((new UnwindModule(start, end, 0, null), []));

    public TestProcess At(ulong pc, ulong sp = 0, ulong? fp = null)
    {
        Registers.Assign(X64Registers.InstructionPointer, pc);
        Registers.Assign(X64Registers.StackPointer, StackAt + sp);
        if (fp is { } frame)
            Registers.Assign(X64Registers.FramePointer, frame);
        return this;
    }

    public TestProcess Put(ulong offset, ulong value)
    {
        BitConverter.TryWriteBytes(Stack.AsSpan((int)offset), value);
        return this;
    }

    public ulong[] Unwind(int most = 64)
    {
        ulong[] frames = new ulong[most];
        Registers.TryGet(X64Registers.StackPointer, out ulong sp);
        int count = Unwinder.Unwind(Registers, new StackCopy(sp, Stack.AsSpan((int)(sp - StackAt))), this, frames, out UnwindEnd end);
        End = end;
        return frames[..count];
    }

    public bool TryFind(ulong address, out UnwindModule found)
    {
        found = _modules.Find(entry => entry.Module.Covers(address)).Module;
        return found.End != 0;
    }

    public ReadOnlySpan<byte> Load(in UnwindModule code)
    {
        Loads++;
        ulong start = code.Start;
        return CanLoad ? _modules.Find(entry => entry.Module.Start == start).File : [];
    }

    private static X64Registers NewRegisters()
    {
        var registers = default(X64Registers);
        registers.Assign(X64Registers.FramePointer, 1);
        return registers;
    }
}
