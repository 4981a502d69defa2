using System.IO.Compression;
using System.Text;
using Diagnose.Formats.Bytes;
using Diagnose.Formats.Elf;
using Diagnose.Formats.PerfData;
using Diagnose.Formats.PerfEvents;
using Diagnose.Formats.Unwind;
using Diagnose.Formats.Unwind.X64;

namespace Diagnose.Formats.Tests.Unwind;

/// <summary>
/// What <c>record.sh</c> left of one process: registers and stacks as perf recorded them, and of the files that it mapped at
/// least the unwind information.
/// </summary>
internal sealed class RecordedStacks : IUnwindModules
{
    private readonly List<Mapped> _mapped = [];

    public RecordedStacks(string name)
    {
        if (!PerfDataReader.TryOpen(new FileInMemory(Read($"{name}.data.gz")), out PerfDataReader? reader, out string? error))
            throw new InvalidDataException(error);
        using (reader)
        {
            while (reader!.MoveNext())
                Take(reader.Current);
        }
    }

    public List<(X64Registers Registers, ulong Sp, byte[] Stack)> Stacks { get; } = [];

    private sealed record Mapped(UnwindModule Module, ulong Offset, byte[] File);

    /// <summary>Unwinds a stack.</summary>
    public int Unwind(Unwinder<X64Registers> unwinder, int stack, ulong[] frames, out UnwindEnd end)
    {
        (X64Registers registers, ulong sp, byte[] bytes) = Stacks[stack];
        return unwinder.Unwind(registers, new StackCopy(sp, bytes), this, frames, out end);
    }

    /// <summary>The offset of an address in its file.</summary>
    public ulong OffsetOf(ulong address)
    {
        foreach (Mapped mapped in _mapped)
            if (mapped.Module.Covers(address))
                return address - mapped.Module.Start + mapped.Offset;
        return address;
    }

    public bool TryFind(ulong address, out UnwindModule found)
    {
        foreach (Mapped mapped in _mapped)
        {
            found = mapped.Module;
            if (found.Covers(address))
                return true;
        }

        found = default;
        return false;
    }

    public ReadOnlySpan<byte> Load(in UnwindModule code)
    {
        foreach (Mapped mapped in _mapped)
            if (mapped.Module.Start == code.Start)
                return mapped.File;
        return [];
    }

    public static byte[] Read(string name)
    {
        using var stream = new GZipStream(File.OpenRead(PathOf(name)), CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, "Unwind", name);

    private void Take(PerfDataRecord record)
    {
        if (record.Kind == RecordKind.Mmap2 && Mmap2Record.TryParse(record.Bytes, record.Layout, out Mmap2Record map) && (map.Prot & 4) != 0)
            Map(map);
        if (record.Kind != RecordKind.Sample)
            return;
        if (!record.Layout.TryParseUserContext(record.Bytes, out UserContext context)
            || !X64Registers.TryFromPerf(record.Layout.RegistersUser, context.Registers, out X64Registers registers)
            || !registers.TryGet(X64Registers.StackPointer, out ulong sp))
            throw new InvalidDataException("a sample without registers");
        Stacks.Add((registers, sp, context.Stack.ToArray()));
    }

    private void Map(in Mmap2Record map)
    {
        string file = Path.GetFileName(Encoding.UTF8.GetString(map.Filename)).Trim('[', ']') + ".gz";
        byte[] bytes = File.Exists(PathOf(file)) ? Read(file) : [];
        // Of files that are not there the place is known.
        if (!ElfImage.TryParse(bytes, out ElfImage elf, out _) || !elf.TryAddressOfOffset(map.PgOff, out ulong address))
            _mapped.Add(new Mapped(new UnwindModule(map.Addr, map.Addr + map.Len, 0, null), map.PgOff, []));
        else
            _mapped.Add(new Mapped(new UnwindModule(map.Addr, map.Addr + map.Len, map.Addr - address, UnwindTable.Build(elf)), map.PgOff, bytes));
    }
}
