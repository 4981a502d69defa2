using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Diagnose.Analyze.Hits;
using Diagnose.Analyze.Symbols;
using Diagnose.Formats.Report;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Report;

/// <summary>
/// The parts of a hit's JSON object that depend only on its context, on one half of its stack, or on what else is known of that;
/// REPORT-JSON.md describes the fields. Each part begins with a comma.
/// </summary>
internal sealed class JsonHit : IDisposable
{
    private readonly TraceDefinitions _definitions;
    private readonly FrameSymbols _symbols;
    private readonly FrameAddresses _addresses;
    private readonly Demangler _demangler = new();
    private readonly Dictionary<int, byte[]?> _demangled = [];
    private readonly int[] _frames = new int[TraceLimits.StackDepth];
    private readonly ArrayBufferWriter<byte> _bytes = new(1 << 14);
    private readonly Utf8JsonWriter _json;
    private byte[] _room = new byte[1024];

    public JsonHit(TraceDefinitions definitions)
    {
        _definitions = definitions;
        _symbols = new FrameSymbols(definitions);
        _addresses = new FrameAddresses(definitions);
        _json = new Utf8JsonWriter(_bytes, new JsonWriterOptions { Encoder = TerminalSafeJson.Encoder });
    }

    /// <summary>Thread, process, ancestors and cgroup; like all parts valid until the next call.</summary>
    public ReadOnlySpan<byte> Who(int context)
    {
        ContextRow row = _definitions.Context(context);
        Begin();
        _json.WriteStartObject("thread"u8);
        _json.WriteNumber("tid"u8, row.Tid);
        Name("comm", _definitions.String(row.Comm));
        _json.WriteEndObject();
        Processes(row.Process);
        Name("cgroup", _definitions.String(_definitions.Cgroup(row.Cgroup).Path));
        return End();
    }

    /// <summary>The kernel frames that end in a node.</summary>
    public ReadOnlySpan<byte> Kernel(int node)
    {
        Begin();
        _json.WriteStartArray("kernel"u8);
        foreach (int frame in Half(node))
            Frame(frame, _addresses.Of(_definitions.Frame(frame), 0, 0, out _), isKernel: true);
        _json.WriteEndArray();
        return End();
    }

    /// <summary>The user frames that end in a node, in one address space.</summary>
    /// <param name="isFixed">False where addresses depend on the time.</param>
    public ReadOnlySpan<byte> User(int node, int space, ulong time, out bool isFixed)
    {
        Begin();
        isFixed = true;
        _json.WriteStartArray("user"u8);
        foreach (int frame in Half(node))
        {
            ulong address = _addresses.Of(_definitions.Frame(frame), space, time, out bool known);
            isFixed &= known;
            Frame(frame, address, isKernel: false);
        }

        _json.WriteEndArray();
        return End();
    }

    /// <summary>How a stack ends.</summary>
    public ReadOnlySpan<byte> Ends(StackFlags flags)
    {
        Begin();
        if (flags.HasFlag(StackFlags.KernelTruncated))
            _json.WriteBoolean("kernel_truncated"u8, true);
        if (flags.HasFlag(StackFlags.UserTruncated))
            _json.WriteBoolean("user_truncated"u8, true);
        if (StackEnds.Of(flags) is { } end)
            _json.WriteString("user_end"u8, end.ToString());
        if (flags.HasFlag(StackFlags.UserByFramePointer))
            _json.WriteBoolean("user_by_frame_pointer"u8, true);
        return End();
    }

    /// <summary>A name as a JSON string.</summary>
    public byte[] Quoted(ReadOnlySpan<byte> name)
    {
        _bytes.ResetWrittenCount();
        _json.Reset(_bytes);
        _json.WriteStringValue(Text(name));
        _json.Flush();
        return _bytes.WrittenSpan.ToArray();
    }

    public void Dispose() => _json.Dispose();

    private void Begin()
    {
        _bytes.ResetWrittenCount();
        _json.Reset(_bytes);
        _json.WriteStartObject();
    }

    /// <summary>The fields between the braces, and a comma in the place of the first.</summary>
    private ReadOnlySpan<byte> End()
    {
        _json.WriteEndObject();
        _json.Flush();
        if (_bytes.WrittenCount == 2)
            return default;
        MemoryMarshal.AsMemory(_bytes.WrittenMemory).Span[0] = (byte)',';
        return _bytes.WrittenSpan[..^1];
    }

    /// <summary>The process, and its ancestors from its parent on.</summary>
    private void Processes(int process)
    {
        if (process == 0)
            _json.WriteNull("process"u8);
        else
            Process(_definitions.Process(process), "process");
        _json.WriteStartArray("ancestors"u8);
        int depth = 1;
        for (process = _definitions.Process(process).Parent; process != 0 && depth++ < TraceLimits.ChainDepth; process = _definitions.Process(process).Parent)
            Process(_definitions.Process(process), null);
        _json.WriteEndArray();
    }

    private void Process(in ProcessRow row, string? field)
    {
        if (field is null)
            _json.WriteStartObject();
        else
            _json.WriteStartObject(field);
        _json.WriteNumber("pid"u8, row.Pid);
        Name("comm", _definitions.String(row.Comm));
        if (row.Flags.HasFlag(ProcessFlags.KernelThread))
            _json.WriteBoolean("kernel_thread"u8, true);
        if (row.InnerPid != 0)
            _json.WriteNumber("inner_pid"u8, row.InnerPid);
        _json.WriteEndObject();
    }

    private ReadOnlySpan<int> Half(int leaf) => _frames.AsSpan(0, _definitions.Frames(leaf, _frames));

    private void Frame(int id, ulong address, bool isKernel)
    {
        FrameRow frame = _definitions.Frame(id);
        ModuleRow module = _definitions.Module(frame.Module);
        _json.WriteStartObject();
        Hex("address"u8, address);
        Symbol(id, frame, isKernel);
        if (frame.Module == 0)
            _json.WriteNull("module"u8);
        else
            Name("module", _definitions.String(module.Path));
        _json.WriteString("module_kind"u8, module.Kind.ToString());
        if (module.BuildId != 0)
            _json.WriteString("build_id"u8, Convert.ToHexStringLower(_definitions.String(module.BuildId)));
        Hex("offset"u8, frame.Offset);
        if (frame.Flags.HasFlag(FrameFlags.ReturnAddress))
            _json.WriteBoolean("return_address"u8, true);
        _json.WriteEndObject();
    }

    private void Symbol(int id, in FrameRow frame, bool isKernel)
    {
        int number = _symbols.Symbol(id);
        ReadOnlySpan<byte> name = _symbols.Name(id);
        if (name.IsEmpty)
        {
            _json.WriteNull("name"u8);
            return;
        }

        SymbolRow symbol = _definitions.Symbol(number);
        Name("name", name);
        if (!isKernel && Demangled(number, name) is { } demangled)
            _json.WriteString("demangled"u8, Text(demangled));
        if (symbol.Detail != 0)
            Name("detail", _definitions.String(symbol.Detail));
        if (symbol.Module == frame.Module)
            _json.WriteNumber("symbol_offset"u8, unchecked((long)(frame.Offset - symbol.Start)));
        else
            Name("symbol_module", _definitions.String(_definitions.Module(symbol.Module).Path));
    }

    /// <summary>Null where the name is not mangled.</summary>
    private byte[]? Demangled(int symbol, ReadOnlySpan<byte> name)
    {
        if (!_demangled.TryGetValue(symbol, out byte[]? shown))
        {
            ReadOnlySpan<byte> demangled = _demangler.Demangle(name);
            _demangled.Add(symbol, shown = demangled.SequenceEqual(name) ? null : demangled.ToArray());
        }

        return shown;
    }

    /// <summary>A name; where its bytes are no UTF-8 they stand beside it as they are, in hexadecimal digits.</summary>
    private void Name(string field, ReadOnlySpan<byte> name)
    {
        _json.WriteString(field, Text(name));
        if (!Utf8.IsValid(name))
            _json.WriteString(field + "_hex", Convert.ToHexStringLower(name));
    }

    /// <summary>UTF-8 whatever the bytes are: those that are none are written <c>\xhh</c>, as in all that is printed.</summary>
    private ReadOnlySpan<byte> Text(ReadOnlySpan<byte> name)
    {
        if (Utf8.IsValid(name))
            return name;
        if (_room.Length < PrintableName.MaxLength(name.Length))
            _room = new byte[PrintableName.MaxLength(name.Length)];
        int length = 0;
        while (!name.IsEmpty)
        {
            bool good = Rune.DecodeFromUtf8(name, out _, out int size) == OperationStatus.Done;
            // Of a sequence that is cut or wrong its bytes one by one.
            size = good ? size : 1;
            if (good)
                name[..size].CopyTo(_room.AsSpan(length));
            length += good ? size : PrintableName.Write(name[..1], _room.AsSpan(length));
            name = name[size..];
        }

        return _room.AsSpan(0, length);
    }

    private void Hex(ReadOnlySpan<byte> field, ulong value)
    {
        Span<byte> digits = stackalloc byte[18];
        "0x"u8.CopyTo(digits);
        value.TryFormat(digits[2..], out int length, "x", CultureInfo.InvariantCulture);
        _json.WriteString(field, digits[..(length + 2)]);
    }
}
