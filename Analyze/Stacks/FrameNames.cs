using System.Buffers.Text;
using Diagnose.Analyze.Symbols;
using Diagnose.Formats.Report;

namespace Diagnose.Analyze.Stacks;

/// <summary>A name and kind as a node of the merged stacks has them.</summary>
/// <param name="Name">A number in the <see cref="NameTable"/>.</param>
/// <param name="Kind">What it stands for.</param>
public readonly record struct FrameName(int Name, FrameKind Kind);

/// <summary>
/// Turns names as a trace or a report has them into names as the graph shows them. Every input goes through here, so a
/// trace and the report printed from it give the same graph. Ask once for each distinct name and keep the answer.
/// </summary>
public sealed class FrameNames(NameTable names)
{
    private readonly Demangler _demangler = new();
    private byte[] _room = new byte[1024];

    /// <summary>The root of a cgroup's stacks, <c>CGROUP:[name]</c>.</summary>
    public FrameName Cgroup(ReadOnlySpan<byte> name)
    {
        var length = Append(0, "CGROUP:["u8);
        length = AppendPrintable(length, name);
        length = Append(length, "]"u8);
        return new(names.Intern(_room.AsSpan(0, length)), FrameKind.Cgroup);
    }

    /// <summary>A process of the chain.</summary>
    public FrameName Process(ReadOnlySpan<byte> comm) => new(Comm(comm), FrameKind.Process);

    /// <summary>The thread that hit.</summary>
    public FrameName Thread(ReadOnlySpan<byte> comm) => new(Comm(comm), FrameKind.Thread);

    /// <summary>A process as the root of its stacks, <c>name (pid)</c>.</summary>
    public FrameName Process(ReadOnlySpan<byte> comm, uint pid) => new(Numbered(comm, pid), FrameKind.Process);

    /// <summary>A thread as the root of its stacks, <c>name (thread id)</c>.</summary>
    public FrameName Thread(ReadOnlySpan<byte> comm, uint tid) => new(Numbered(comm, tid), FrameKind.Thread);

    /// <summary>A CPU as the root of its stacks, <c>CPU 0</c>: a place where code ran and no code, as a cgroup is.</summary>
    public FrameName Cpu(int cpu)
    {
        var length = AppendNumber(Append(0, "CPU "u8), (uint)cpu);
        return new(names.Intern(_room.AsSpan(0, length)), FrameKind.Cgroup);
    }

    /// <summary>What stands for the stack of a hit that has none.</summary>
    public FrameName NoStack => new(names.Intern("(no stack)"u8), FrameKind.Unknown);

    /// <summary>A user frame; C++ names are demangled, an empty name or UNKNOWN is a frame without a name.</summary>
    public FrameName User(ReadOnlySpan<byte> symbol)
    {
        // Printable first: the report's text holds the name so, and both must be read alike.
        var length = AppendPrintable(0, symbol);
        var printable = _room.AsSpan(0, length);
        if (IsUnknown(printable))
            return Unknown;
        var shown = _demangler.Demangle(printable);
        if (!PrintableName.IsPrintable(shown))
            shown = shown[..0];
        return new(names.Intern(shown.IsEmpty ? printable : shown), FrameKind.User);
    }

    /// <summary>A kernel frame, with its module's name (without brackets) or an empty one for the kernel itself.</summary>
    public FrameName Kernel(ReadOnlySpan<byte> symbol, ReadOnlySpan<byte> module)
    {
        if (module.IsEmpty && IsUnknown(symbol))
            return Unknown;
        var length = AppendPrintable(0, symbol.IsEmpty ? "UNKNOWN"u8 : symbol);
        if (module.IsEmpty)
            return new(names.Intern(_room.AsSpan(0, length)), FrameKind.Kernel);
        length = Append(length, " ["u8);
        length = AppendPrintable(length, module);
        length = Append(length, "]"u8);
        return new(names.Intern(_room.AsSpan(0, length)), FrameKind.KernelModule);
    }

    private FrameName Unknown => new(names.Intern("UNKNOWN"u8), FrameKind.Unknown);

    private static bool IsUnknown(ReadOnlySpan<byte> name) => name.IsEmpty || name.SequenceEqual("UNKNOWN"u8);

    private int Comm(ReadOnlySpan<byte> comm) =>
        names.Intern(_room.AsSpan(0, AppendPrintable(0, comm.IsEmpty ? "UNKNOWN"u8 : comm)));

    private int Numbered(ReadOnlySpan<byte> comm, uint number)
    {
        var length = AppendPrintable(0, comm.IsEmpty ? "UNKNOWN"u8 : comm);
        length = AppendNumber(Append(length, " ("u8), number);
        return names.Intern(_room.AsSpan(0, Append(length, ")"u8)));
    }

    private int AppendNumber(int length, uint number)
    {
        const int longestNumber = 10;
        Reserve(length + longestNumber);
        Utf8Formatter.TryFormat(number, _room.AsSpan(length), out var digits);
        return length + digits;
    }

    private int AppendPrintable(int length, ReadOnlySpan<byte> name)
    {
        Reserve(length + PrintableName.MaxLength(name.Length));
        return length + PrintableName.Write(name, _room.AsSpan(length));
    }

    private int Append(int length, ReadOnlySpan<byte> text)
    {
        Reserve(length + text.Length);
        text.CopyTo(_room.AsSpan(length));
        return length + text.Length;
    }

    private void Reserve(int length)
    {
        if (_room.Length < length)
            Array.Resize(ref _room, Math.Max(length, 2 * _room.Length));
    }
}
