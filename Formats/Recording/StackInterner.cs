using System.IO.Hashing;
using System.Runtime.InteropServices;
using Diagnose.Formats.Symbols;
using Diagnose.Formats.PerfEvents;
using Diagnose.Formats.Trace;

namespace Diagnose.Formats.Recording;

/// <summary>A frame that was never hit before: it wants a name before the next block is written.</summary>
/// <param name="Module">Null for kernel frames and for addresses in no mapping.</param>
/// <param name="Address">The raw address, as the kernel's symbols and perf maps count.</param>
internal readonly record struct NewFrame(int Frame, CodeModule? Module, FrameRow Row, ulong Address, TracedProcess Process)
{
    /// <summary>It lies in code that its process made, which may be other code soon.</summary>
    public bool IsGenerated => Module?.Kind == ModuleKind.Anonymous;

    /// <summary>Callers are named by the call itself: what it returns to may already be the next function.</summary>
    public ulong Back => Row.Flags.HasFlag(FrameFlags.ReturnAddress) ? 1UL : 0;
}

/// <summary>
/// Turns callchains into stack ids. A chain that was seen before under the same mappings costs one hash of its bytes as
/// they lie in the ring; only a new one is walked, frame by frame.
/// </summary>
/// <param name="maxStack"><c>kernel.perf_event_max_stack</c>: a chain of that many frames was cut by the kernel.</param>
internal sealed class StackInterner(DefinitionWriter definitions, ModuleTable modules, KernelImage kernel, int maxStack)
{
    private readonly ChainCache _cache = new();

    public KernelImage Kernel => kernel;
    private readonly List<NewFrame> _newFrames = [];
    private int _knownFrames;

    /// <summary>Frames that were defined since <see cref="ClearNewFrames"/>.</summary>
    public ReadOnlySpan<NewFrame> NewFrames => CollectionsMarshal.AsSpan(_newFrames);

    /// <summary>Forgets which chains came to which stacks: the same addresses may mean something else from here on.</summary>
    public void Forget() => _cache.Clear();

    /// <summary>Some of the new frames are in code that a process made: what it is called must be found out soon.</summary>
    public bool HasNewGenerated { get; private set; }

    public void ClearNewFrames()
    {
        _newFrames.Clear();
        HasNewGenerated = false;
    }

    /// <summary>Takes the new frames in code that a process made out of <see cref="NewFrames"/>.</summary>
    public NewFrame[] TakeNewGenerated()
    {
        NewFrame[] generated = [.. _newFrames.Where(frame => frame.IsGenerated)];
        _newFrames.RemoveAll(frame => frame.IsGenerated);
        HasNewGenerated = false;
        return generated;
    }

    /// <summary>A new segment of the trace, which has no stacks yet.</summary>
    public void BeginSegment()
    {
        _cache.Clear();
        ClearNewFrames();
        _knownFrames = 0;
    }

    /// <param name="flags">What is known to be missing from the chain.</param>
    public int Intern(ReadOnlySpan<ulong> chain, TracedProcess process, StackFlags flags = StackFlags.None)
    {
        ulong mappings = process.IsKernelThread ? 0 : process.Space.Maps.Key;
        UInt128 key = XxHash128.HashToUInt128(MemoryMarshal.AsBytes(chain), (long)(mappings ^ (ulong)flags << 56));
        int stack = _cache.Find(key);
        if (stack == 0)
        {
            stack = Walk(chain, process, flags);
            // A first hit can publish mappings, but never changes which of them an address lies in.
            _cache.Add(key, stack);
        }

        return stack;
    }

    /// <summary>
    /// The frames of a chain that was just interned, with their addresses: leaf first, the kernel's before the user's.
    /// Adds them to <paramref name="frames"/>; returns how many are the kernel's.
    /// </summary>
    public int Frames(ReadOnlySpan<ulong> chain, TracedProcess process, List<(ulong Address, int Frame)> frames)
    {
        var split = new CallchainSplit(chain);
        for (int i = 0; i < split.Kernel.Length; i++)
            frames.Add((split.Kernel[i], KernelFrame(split.Kernel[i], i > 0, process)));
        ReadOnlySpan<ulong> user = WithoutEnd(split.User);
        for (int i = 0; i < user.Length; i++)
        {
            if (user[i] != CallchainContext.Interrupted)
                frames.Add((user[i], UserFrame(user[i], IsReturn(user, i), process)));
        }

        return split.Kernel.Length;
    }

    private int Walk(ReadOnlySpan<ulong> chain, TracedProcess process, StackFlags flags)
    {
        var split = new CallchainSplit(chain);
        // A half that was unwound here has no part in the kernel's limit.
        bool isUnwound = flags.HasFlag(StackFlags.UserUnwound);
        if (split.Kernel.Length + (isUnwound ? 0 : split.User.Length) >= maxStack && !flags.HasFlag(StackFlags.UserTruncated))
            flags |= isUnwound || split.User.IsEmpty ? StackFlags.KernelTruncated : StackFlags.UserTruncated;
        int kernelNode = 0, userNode = 0;
        for (int i = split.Kernel.Length - 1; i >= 0; i--)
            kernelNode = definitions.Node(new NodeRow(kernelNode, KernelFrame(split.Kernel[i], i > 0, process)));
        ReadOnlySpan<ulong> user = WithoutEnd(split.User);
        for (int i = user.Length - 1; i >= 0; i--)
        {
            if (user[i] != CallchainContext.Interrupted)
                userNode = definitions.Node(new NodeRow(userNode, UserFrame(user[i], IsReturn(user, i), process)));
        }

        return definitions.Stack(new StackRow(kernelNode, userNode, flags));
    }

    /// <summary>All frames but the leaf, and but those that a signal interrupted, are where a call returns to.</summary>
    private static bool IsReturn(ReadOnlySpan<ulong> user, int frame) => frame > 0 && user[frame - 1] != CallchainContext.Interrupted;

    /// <summary>Threads start with a return address of 0 (x86-64 psABI, 3.4.1): it ends the chain and is no frame.</summary>
    private static ReadOnlySpan<ulong> WithoutEnd(ReadOnlySpan<ulong> user)
    {
        int callers = user.IsEmpty ? -1 : user[1..].IndexOf(0UL);
        return callers < 0 ? user : user[..(callers + 1)];
    }

    private int KernelFrame(ulong address, bool isReturn, TracedProcess process)
    {
        (int module, ulong moduleBase) = kernel.ModuleOf(address);
        var row = new FrameRow(module, address - moduleBase, isReturn ? FrameFlags.ReturnAddress : FrameFlags.None);
        return Define(row, null, address, process);
    }

    private int UserFrame(ulong address, bool isReturn, TracedProcess process)
    {
        FrameFlags flags = isReturn ? FrameFlags.ReturnAddress : FrameFlags.None;
        // A return address may lie one past the end of its mapping, when the call is the mapping's last instruction.
        if (!process.Space.Maps.TryFind(isReturn ? address - 1 : address, out Mapping mapping))
            return Define(new FrameRow(0, address, flags), null, address, process);
        int module = modules.Publish(mapping, process);
        CodeModule code = mapping.Module.At(address);
        if (code != mapping.Module)
            module = modules.Define(code);
        return Define(new FrameRow(module, address - mapping.Start + mapping.Offset, flags), code, address, process);
    }

    private int Define(FrameRow row, CodeModule? module, ulong address, TracedProcess process)
    {
        int frame = definitions.Frame(row);
        if (frame > _knownFrames)
        {
            _knownFrames = frame;
            _newFrames.Add(new NewFrame(frame, module, row, address, process));
            HasNewGenerated |= _newFrames[^1].IsGenerated;
        }

        return frame;
    }
}
