using Diagnose.Formats.Elf;
using Diagnose.Formats.PerfEvents;
using Diagnose.Formats.Trace;
using Diagnose.Formats.Unwind;
using Diagnose.Formats.Unwind.X64;

namespace Diagnose.Formats.Recording;

/// <summary>
/// The user half of a callchain, from the registers and the stack that a sample carries and the files that its process maps.
/// Rows and the files' unwind information stay in memory up to a bound.
/// </summary>
/// <param name="keepBytes">Unwind information stays loaded up to this size together, that of the files used last.</param>
internal sealed class StackUnwinder(ModuleTable modules, IProcessCode processCode, long keepBytes = 5 << 20) : IUnwindModules, IUserFrames
{
    private readonly Unwinder<X64Registers> _unwinder = new();
    private readonly LoadedFiles _loaded = new(keepBytes, file => file.UnwindBytes, file => file.DropUnwind());
    private TracedProcess _process = null!;
    private UnwindTable? _vdso;

    /// <summary>Stacks that were unwound, by how that ended, in the order of <see cref="UnwindStop"/>.</summary>
    private readonly long[] _ended = new long[(int)UnwindStop.Unsupported + 1];

    /// <summary>Rows that had to be worked out so far: far fewer than frames, once a program has run for a while.</summary>
    public long RowsMade => _unwinder.Misses;

    /// <summary>How many stacks ended so, of those that were unwound for a recorder.</summary>
    public long Ended(UnwindStop stop) => _ended[(int)stop];

    /// <summary>Finds the frames, leaf first, return addresses after the first: as the kernel's callchains have them.</summary>
    /// <param name="registers">Which registers the sample has: <see cref="SampleLayout.RegistersUser"/>.</param>
    /// <returns>
    /// How many frames there are. 0 where there is nothing to unwind: a kernel thread, or a 32-bit process, which
    /// <see cref="UnwindStop.Unsupported"/> tells.
    /// </returns>
    public int Unwind(in UserContext context, ulong registers, TracedProcess process, Span<ulong> frames, out UnwindEnd end)
    {
        end = new UnwindEnd(UnwindStop.Unsupported, false);
        if (context.Abi != RegisterAbi.Bits64 || !X64Registers.TryFromPerf(registers, context.Registers, out X64Registers first)
            || !first.TryGet(X64Registers.StackPointer, out ulong sp))
            return 0;
        _process = process;
        return _unwinder.Unwind(first, new StackCopy(sp, context.Stack), this, frames, out end);
    }

    public bool IsHurried { get; set; }

    int IUserFrames.Unwind(in UserContext context, ulong registers, TracedProcess process, Span<ulong> frames, out StackFlags flags)
    {
        if (IsHurried)
        {
            flags = StackFlags.UserByFramePointer;
            return Follow(context, registers, process, frames);
        }

        int count = Unwind(context, registers, process, frames, out UnwindEnd end);
        if (count == 0 && X64Registers.TryFromPerf(registers, context.Registers, out X64Registers first)
            && first.TryGet(X64Registers.InstructionPointer, out ulong pc) && !frames.IsEmpty)
        {
            // Of 32-bit code at least where it is.
            frames[0] = pc;
            count = 1;
        }

        _ended[(int)end.Stop]++;
        flags = StackEnds.Flags(EndOf(end.Stop), end.FramePointerUsed);
        return count <= 1 ? count : Mark(frames, count, _unwinder.Interrupted);
    }

    /// <summary>The frames by frame pointers in the copy.</summary>
    private int Follow(in UserContext context, ulong registers, TracedProcess process, Span<ulong> frames)
    {
        if (!X64Registers.TryFromPerf(registers, context.Registers, out X64Registers first) || !first.TryGet(X64Registers.StackPointer, out ulong sp))
            return 0;
        _process = process;
        return _unwinder.FollowFramePointers(first, new StackCopy(sp, context.Stack), this, frames);
    }

    private static StackEnd EndOf(UnwindStop stop) => stop switch
    {
        UnwindStop.ReachedOutermost => StackEnd.Outermost,
        UnwindStop.StackTruncated => StackEnd.CopyTooShort,
        UnwindStop.NoRow => StackEnd.NoUnwindInformation,
        UnwindStop.BadRead => StackEnd.Unreadable,
        UnwindStop.NoModule => StackEnd.NotMapped,
        UnwindStop.TooDeep => StackEnd.TooDeep,
        UnwindStop.NoProgress => StackEnd.NoProgress,
        _ => StackEnd.Unsupported,
    };

    /// <summary>Puts marks before interrupted frames; where there is no room for one its frame and all outer ones go.</summary>
    internal static int Mark(Span<ulong> frames, int count, ReadOnlySpan<int> interrupted)
    {
        for (int i = interrupted.Length - 1; i >= 0; i--)
        {
            int at = interrupted[i];
            if (count == frames.Length)
                count--;
            if (at >= count)
                continue;
            frames[at..count].CopyTo(frames[(at + 1)..]);
            frames[at] = CallchainContext.Interrupted;
            count++;
        }

        return count;
    }

    bool IUnwindModules.TryFind(ulong address, out UnwindModule found)
    {
        found = default;
        if (!_process.Space.Maps.TryFind(address, out Mapping mapping, out ulong start, out ulong end))
            return false;
        UnwindTable? table = null;
        switch (mapping.Module)
        {
            case { Kind: ModuleKind.File } when modules.FileOf(mapping, _process) is { UnwindTable: { } known } file:
                ulong offset = address - mapping.Start + mapping.Offset;
                mapping.Bias ??= file.AddressOf(offset) is { } inFile ? address - inFile : null;
                table = mapping.Bias is null ? null : known;
                break;
            case { Kind: ModuleKind.Vdso, Instance: not CodeModule.CompatVdso } when VdsoTable() is { } known:
                mapping.Bias ??= ElfImage.TryParse(processCode.Vdso, out ElfImage elf, out _)
                    && elf.TryAddressOfOffset(address - mapping.Start, out ulong inImage) ? address - inImage : null;
                table = mapping.Bias is null ? null : known;
                break;
        }

        found = new UnwindModule(start, end, mapping.Bias ?? 0, table);
        return true;
    }

    ReadOnlySpan<byte> IUnwindModules.Load(in UnwindModule code)
    {
        if (!_process.Space.Maps.TryFind(code.Start, out Mapping mapping))
            return [];
        if (mapping.Module.Kind == ModuleKind.Vdso)
            return processCode.Vdso;
        if (modules.FileOf(mapping, _process) is not { } file)
            return [];
        ReadOnlySpan<byte> bytes = file.LoadUnwind();
        _loaded.Use(file);
        _loaded.Shrink(inUse: 1);
        return bytes;
    }

    private UnwindTable? VdsoTable() =>
        _vdso ??= ElfImage.TryParse(processCode.Vdso, out ElfImage elf, out _) ? UnwindTable.Build(elf) : null;
}
