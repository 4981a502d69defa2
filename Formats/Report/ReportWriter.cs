using System.Buffers;
using System.Buffers.Text;

namespace Diagnose.Formats.Report;

/// <summary>
/// Writes the documented text, one method per kind of line, so that a caller can format a frame once and copy it after.
/// Names are raw bytes and pass <see cref="PrintableName"/> on their way. Nothing is allocated.
/// </summary>
public static class ReportWriter
{
    /// <summary>The 命中 line and the <c>##CGROUP</c> line that open a hit.</summary>
    /// <param name="output">Receives the lines.</param>
    /// <param name="pid">Thread that hit.</param>
    /// <param name="comm">Its name.</param>
    /// <param name="cgroup">Name of its cgroup.</param>
    /// <param name="sequence">Number of the hit in this report, from 1; at least three digits are shown.</param>
    /// <param name="seconds">Seconds since 1970.</param>
    /// <param name="microseconds">Microseconds of that second, six digits shown.</param>
    public static void HitHeader(
        IBufferWriter<byte> output, int pid, ReadOnlySpan<byte> comm, ReadOnlySpan<byte> cgroup,
        long sequence, ulong seconds, uint microseconds)
    {
        var line = new Line(output, 384, comm.Length, cgroup.Length);
        line.Text(ReportGrammar.HitStart);
        line.Number(pid);
        line.Text("["u8);
        line.Name(comm);
        line.Text(ReportGrammar.CommThenTime);
        line.Time(seconds, microseconds);
        line.Text(ReportGrammar.CgroupStart);
        line.Name(cgroup);
        line.Text("]  "u8);
        line.Number(pid);
        line.Text("      ["u8);
        line.Number(sequence, 3);
        line.Text(ReportGrammar.CgroupEvent);
        line.Time(seconds, microseconds);
        line.Done();
    }

    /// <summary>The title over the kernel frames.</summary>
    public static void KernelSection(IBufferWriter<byte> output) => output.Write(ReportGrammar.KernelSection);

    /// <summary>One kernel frame; call from the leaf outwards.</summary>
    /// <param name="output">Receives the line.</param>
    /// <param name="address">Address in the kernel.</param>
    /// <param name="name">Symbol, or empty when there is none.</param>
    /// <param name="module">Module's name without brackets, or empty for the kernel itself.</param>
    public static void KernelFrame(IBufferWriter<byte> output, ulong address, ReadOnlySpan<byte> name, ReadOnlySpan<byte> module)
    {
        var line = new Line(output, 128, name.Length, module.Length);
        line.Text(ReportGrammar.KernelFrame);
        line.Hex(address);
        line.Text(" "u8);
        line.Symbol(name);
        if (!module.IsEmpty)
        {
            line.SpacesToTabStop();
            line.Text("["u8);
            line.Module(module);
            line.Text("]"u8);
        }
        line.Text(ReportGrammar.KernelSource);
        line.Done();
    }

    /// <summary>The title over the user frames.</summary>
    public static void UserSection(IBufferWriter<byte> output) => output.Write(ReportGrammar.UserSection);

    /// <summary>One user frame; call from the leaf outwards. An empty name is written as UNKNOWN.</summary>
    public static void UserFrame(IBufferWriter<byte> output, ulong address, ReadOnlySpan<byte> name)
    {
        var line = new Line(output, 128, name.Length, 0);
        line.Text(ReportGrammar.UserFrame);
        line.Hex(address);
        line.Text(" "u8);
        line.Symbol(name);
        line.Text(ReportGrammar.UserSource);
        line.Done();
    }

    /// <summary>The thread's name, under its user frames.</summary>
    public static void Thread(IBufferWriter<byte> output, ReadOnlySpan<byte> comm) => Comm(output, ReportGrammar.Thread, comm);

    /// <summary>The title over the process chain.</summary>
    public static void ChainSection(IBufferWriter<byte> output) => output.Write(ReportGrammar.ChainSection);

    /// <summary>One process of the chain; call from the process that hit towards its oldest ancestor.</summary>
    public static void ChainProcess(IBufferWriter<byte> output, ReadOnlySpan<byte> comm) => Comm(output, ReportGrammar.ChainProcess, comm);

    /// <summary>The line that ends a hit.</summary>
    public static void End(IBufferWriter<byte> output) => output.Write("##\n"u8);

    private static void Comm(IBufferWriter<byte> output, ReadOnlySpan<byte> start, ReadOnlySpan<byte> comm)
    {
        var line = new Line(output, 128, comm.Length, 0);
        line.Text(start);
        line.NameOrUnknown(comm);
        line.Text(ReportGrammar.NoSource);
        line.Done();
    }

    /// <summary>Room for a whole line asked for once, filled, and handed over once.</summary>
    private ref struct Line(IBufferWriter<byte> output, int fixedLength, int nameLength, int otherNameLength)
    {
        private readonly Span<byte> _room = output.GetSpan(
            checked(fixedLength + PrintableName.MaxLength(nameLength) + PrintableName.MaxLength(otherNameLength)));
        private int _length;

        public void Text(ReadOnlySpan<byte> text)
        {
            text.CopyTo(_room[_length..]);
            _length += text.Length;
        }

        public void Name(ReadOnlySpan<byte> name) => _length += PrintableName.Write(name, _room[_length..]);

        public void NameOrUnknown(ReadOnlySpan<byte> name) => Name(name.IsEmpty ? ReportGrammar.UnknownName : name);

        /// <summary>Readers trim symbols, so one of blanks alone would leave them no name at all.</summary>
        public void Symbol(ReadOnlySpan<byte> name) =>
            Name(name.ContainsAnyExcept((byte)' ') ? name : ReportGrammar.UnknownName);

        /// <summary>Readers find a module by the last <c>[</c> behind a blank, so neither stands in its name.</summary>
        public void Module(ReadOnlySpan<byte> name)
        {
            for (int at; (at = name.IndexOfAny((byte)' ', (byte)'[')) >= 0; name = name[(at + 1)..])
            {
                Name(name[..at]);
                Text(name[at] == ' ' ? "\\x20"u8 : "\\x5b"u8);
            }

            Name(name);
        }

        public void Hex(ulong value) => Format(value, new StandardFormat('x'));

        public void Number(long value, byte digits = 1) => Format(value, new StandardFormat('D', digits));

        public void Time(ulong seconds, uint microseconds)
        {
            Format(seconds, default);
            Text(":"u8);
            Number(microseconds, 6);
            Text("]\n"u8);
        }

        /// <summary>Spaces up to the next tab stop, at least one, counting a character as one column.</summary>
        public void SpacesToTabStop()
        {
            var columns = 0;
            foreach (var value in _room[.._length])
                if ((value & 0xc0) != 0x80)
                    columns++;
            var spaces = ReportGrammar.TabStop - columns % ReportGrammar.TabStop;
            _room.Slice(_length, spaces).Fill((byte)' ');
            _length += spaces;
        }

        public readonly void Done() => output.Advance(_length);

        private void Format(ulong value, StandardFormat format)
        {
            Utf8Formatter.TryFormat(value, _room[_length..], out var written, format);
            _length += written;
        }

        private void Format(long value, StandardFormat format)
        {
            Utf8Formatter.TryFormat(value, _room[_length..], out var written, format);
            _length += written;
        }
    }
}
