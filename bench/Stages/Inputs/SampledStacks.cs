using Diagnose.Capture.Tests.Recording;
using Diagnose.Formats.Bytes;
using Diagnose.Formats.PerfData;
using Diagnose.Formats.PerfEvents;
using Diagnose.Formats.Recording;
using Diagnose.Formats.Symbols;
using Diagnose.Formats.Tests.Unwind;
using Diagnose.Formats.Trace;
using Diagnose.Formats.Unwind;

namespace Diagnose.Bench.Stages.Inputs;

/// <summary>The samples of a perf.data file of one process, whose mappings and files the recorder's tables hold.</summary>
internal sealed class SampledStacks
{
    private readonly TracedProcess _process = new(1, AddressSpace.New(1));
    private readonly StackUnwinder _unwinder;

    public SampledStacks(string name)
    {
        var machine = new PlayedMachine { File = Open };
        var modules = new ModuleTable(new TraceWriter(Stream.Null).Definitions, machine);
        _unwinder = new StackUnwinder(modules, machine);
        if (!PerfDataReader.TryOpen(new FileInMemory(RecordedStacks.Read(name)), out PerfDataReader? reader, out string? error))
            throw new InvalidDataException(error);
        while (reader!.MoveNext())
        {
            PerfDataRecord record = reader.Current;
            if (record.Kind == RecordKind.Sample)
                Records.Add(record.Bytes.ToArray());
            else if (record.Kind == RecordKind.Mmap2 && Mmap2Record.TryParse(record.Bytes, record.Layout, out Mmap2Record map) && (map.Prot & 4) != 0)
                modules.Map(_process, 0, map.Addr, map.Len, map.PgOff, map.Filename, map.BuildId, map.Major, map.Inode);
            Layout = record.Layout;
        }
    }

    public List<byte[]> Records { get; } = [];

    public SampleLayout Layout { get; } = null!;

    public int Unwind(in UserContext context, ulong[] frames) =>
        _unwinder.Unwind(context, Layout.RegistersUser, _process, frames, out UnwindEnd _);

    private static ModuleFile? Open(string path)
    {
        string name = Path.GetFileName(path) + ".gz";
        return File.Exists(Path.Combine(AppContext.BaseDirectory, "Unwind", name)) ? ModuleFile.Open(new Image(RecordedStacks.Read(name))) : null;
    }

    private sealed class Image(byte[] bytes) : IModuleImage
    {
        public int Length => bytes.Length;

        public ReadOnlySpan<byte> Bytes => bytes;

        public bool TryLoad(long offset, long count) => offset + count <= bytes.Length;

        public void Forget()
        {
        }

        public void Dispose()
        {
        }
    }
}
