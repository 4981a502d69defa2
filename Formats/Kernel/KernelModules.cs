using System.Buffers.Text;
using System.Text;

namespace Diagnose.Formats.Kernel;

/// <summary>
/// One loaded module. Since Linux 6.4 <paramref name="Address"/> is where its text lies and <paramref name="Size"/> counts all
/// its parts, which need not follow one another. The address is 0 when the kernel hides it.
/// </summary>
public readonly record struct KernelModule(string Name, ulong Address, ulong Size, bool IsLive);

/// <summary>The modules of /proc/modules (m_show in kernel/module/procfs.c), by address.</summary>
public sealed class KernelModules
{
    private const int MaxModules = 1 << 16;

    private readonly KernelModule[] _modules;

    private KernelModules(KernelModule[] modules, int malformedLines)
    {
        _modules = modules;
        MalformedLines = malformedLines;
    }

    public int Count => _modules.Length;

    public KernelModule this[int index] => _modules[index];

    /// <summary>Every module shows address 0, as kptr_restrict and a missing CAP_SYSLOG make it.</summary>
    public bool AddressesHidden => _modules is [.., { Address: 0 }];

    /// <summary>Lines that were not of the form "name size references users state address".</summary>
    public int MalformedLines { get; }

    /// <summary>Reads the whole file.</summary>
    public static KernelModules Parse(ReadOnlySpan<byte> text)
    {
        var modules = new List<KernelModule>();
        var malformed = 0;
        foreach (var range in text.Split((byte)'\n'))
        {
            var line = text[range];
            if (line.IsEmpty)
                continue;
            if (modules.Count < MaxModules && TryParse(line, out var module))
                modules.Add(module);
            else
                malformed++;
        }

        return Of(modules, malformed);
    }

    /// <summary>The modules that something else than the file tells of.</summary>
    public static KernelModules Of(IEnumerable<KernelModule> modules) => Of(modules, 0);

    private static KernelModules Of(IEnumerable<KernelModule> modules, int malformed) =>
        new([.. modules.OrderBy(m => m.Address).ThenBy(m => m.Name, StringComparer.Ordinal)], malformed);

    /// <summary>Whether a module of that name is among them.</summary>
    public bool Has(ReadOnlySpan<byte> name)
    {
        foreach (ref readonly var module in _modules.AsSpan())
            if (System.Text.Ascii.Equals(name, module.Name))
                return true;
        return false;
    }

    /// <summary>The module whose range [Address, Address + Size) holds the address.</summary>
    public bool TryFind(ulong address, out KernelModule module)
    {
        int low = 0, high = _modules.Length;
        while (low < high)
        {
            var middle = (int)((uint)(low + high) >> 1);
            if (_modules[middle].Address <= address)
                low = middle + 1;
            else
                high = middle;
        }

        module = low > 0 ? _modules[low - 1] : default;
        return module.Address != 0 && address - module.Address < module.Size;
    }

    // "virtio_ring 49152 3 9pnet_virtio,virtio_pci,virtio, Live 0xffffffffc04c6000 (OE)"; users are "-" when there are none.
    private static bool TryParse(ReadOnlySpan<byte> line, out KernelModule module)
    {
        module = default;
        var rest = line;
        ReadOnlySpan<byte> name = Field(ref rest), size = Field(ref rest);
        Field(ref rest);
        Field(ref rest);
        ReadOnlySpan<byte> state = Field(ref rest), address = Field(ref rest);
        if (name.IsEmpty || !address.StartsWith("0x"u8))
            return false;
        address = address[2..];
        if (!Utf8Parser.TryParse(size, out ulong bytes, out var used) || used != size.Length
            || !Utf8Parser.TryParse(address, out ulong start, out used, 'x') || used != address.Length)
            return false;
        module = new(Encoding.UTF8.GetString(name), start, bytes, state.SequenceEqual("Live"u8));
        return true;
    }

    private static ReadOnlySpan<byte> Field(ref ReadOnlySpan<byte> rest)
    {
        var end = rest.IndexOf((byte)' ');
        var field = end < 0 ? rest : rest[..end];
        rest = end < 0 ? [] : rest[(end + 1)..];
        return field;
    }
}
