using System.Buffers;
using System.Runtime.InteropServices;

namespace Diagnose.Formats.Kernel;

/// <summary>
/// Takes the bytes of /proc/kallsyms in chunks of any size, cut anywhere, and makes <see cref="KernelSymbols"/> of them.
/// Lines are "ffffffff81000000 T _text" or, with a tab before it, a module in brackets at the end (s_show in kernel/kallsyms.c).
/// </summary>
public sealed class KernelSymbolsBuilder
{
    /// <summary>Longer lines are not the kernel's, whose names have at most KSYM_NAME_LEN (512) bytes.</summary>
    private const int MaxLine = 1024;
    private const int MaxSymbols = 8 << 20, MaxNameBytes = 512 << 20;

    private readonly List<KernelSymbolCandidate> _candidates = new(1 << 17);
    private readonly ArrayBufferWriter<byte> _names = new(1 << 21);
    private readonly KernelModuleNames _modules = new();
    private readonly byte[] _carry = new byte[MaxLine];
    private int _carried;
    private bool _skippingLine, _sawText, _sawAddress;
    private int _malformed;

    /// <summary>
    /// Added to the addresses of the core kernel, for a list of another run of the same kernel, which lay elsewhere.
    /// </summary>
    public ulong Shift { get; init; }

    /// <summary>
    /// Where modules lay, for a list that may be of another time: symbols of these are taken only where they lay. Null takes
    /// every module as the list has it.
    /// </summary>
    public KernelModules? Modules { get; init; }

    /// <summary>Takes the next bytes of the file.</summary>
    public void Append(ReadOnlySpan<byte> chunk)
    {
        if (_carried > 0 || _skippingLine)
        {
            var end = chunk.IndexOf((byte)'\n');
            if (end < 0)
            {
                Carry(chunk);
                return;
            }

            Carry(chunk[..end]);
            FinishCarried();
            chunk = chunk[(end + 1)..];
        }

        while (true)
        {
            var end = chunk.IndexOf((byte)'\n');
            if (end < 0)
                break;
            AddLine(chunk[..end]);
            chunk = chunk[(end + 1)..];
        }

        Carry(chunk);
    }

    /// <summary>Sorts what was appended. The builder is empty and of no more use afterwards.</summary>
    public KernelSymbols Build()
    {
        if (_carried > 0 || _skippingLine)
            FinishCarried();
        var hidden = _sawText && !_sawAddress;
        var names = _names.WrittenSpan.ToArray();
        var candidates = CollectionsMarshal.AsSpan(_candidates);
        candidates.Sort(new KernelSymbolCandidate.Order(names));
        var count = KernelSymbolBounds.Settle(candidates, _modules, names);

        var starts = new ulong[count];
        var entries = new KernelSymbols.Entry[count];
        for (var i = 0; i < count; i++)
        {
            ref readonly var candidate = ref candidates[i];
            starts[i] = candidate.Address;
            entries[i] = new()
            {
                Size = candidate.Size, NameAt = candidate.NameAt, NameLength = candidate.NameLength, Module = candidate.Module,
            };
        }

        _candidates.Clear();
        return new(starts, entries, names, _modules.ToArray()) { AddressesHidden = hidden, MalformedLines = _malformed };
    }

    private void Carry(ReadOnlySpan<byte> part)
    {
        if (_skippingLine)
            return;
        if (part.Length > MaxLine - _carried)
        {
            _skippingLine = true;
            _carried = 0;
            return;
        }

        part.CopyTo(_carry.AsSpan(_carried));
        _carried += part.Length;
    }

    private void FinishCarried()
    {
        if (_skippingLine)
            _malformed++;
        else
            AddLine(_carry.AsSpan(0, _carried));
        _skippingLine = false;
        _carried = 0;
    }

    private void AddLine(ReadOnlySpan<byte> line)
    {
        if (line.Length > MaxLine || !KernelSymbolLine.TryParse(line, out var parsed))
        {
            _malformed++;
            return;
        }

        var kind = parsed.Kind;
        if (kind == KernelSymbolKind.Other)
            return;
        _sawText |= kind == KernelSymbolKind.Text;
        if (parsed.Address == 0)
            return;
        _sawAddress |= kind == KernelSymbolKind.Text;
        ulong address = parsed.Module.IsEmpty ? parsed.Address + Shift : parsed.Address;
        if (!parsed.Module.IsEmpty && !MayLieAt(parsed.Module, address))
            return;
        if (_candidates.Count >= MaxSymbols || _names.WrittenCount > MaxNameBytes || !_modules.TryIntern(parsed.Module, out var module))
        {
            _malformed++;
            return;
        }

        var nameAt = (uint)_names.WrittenCount;
        if (kind == KernelSymbolKind.Text)
            _names.Write(parsed.Name);
        _candidates.Add(new()
        {
            Address = address,
            NameAt = nameAt,
            NameLength = (ushort)(kind == KernelSymbolKind.Text ? parsed.Name.Length : 0),
            Module = module,
            BindingRank = parsed.BindingRank,
        });
    }

    // What no record told of (generated code has a module's name, too) is where it was as long as the kernel is.
    private bool MayLieAt(ReadOnlySpan<byte> module, ulong address)
    {
        if (Modules is null)
            return true;
        if (Modules.TryFind(address, out var holder))
            return System.Text.Ascii.Equals(module, holder.Name);
        return Shift == 0 && !Modules.Has(module);
    }
}
