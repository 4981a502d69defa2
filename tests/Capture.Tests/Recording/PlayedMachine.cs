using System.Text;
using Diagnose.Formats.Kernel;
using Diagnose.Formats.Recording;
using Diagnose.Formats.Symbols;

namespace Diagnose.Capture.Tests.Recording;

/// <summary>The machine that the recorder asks, as a test says it is: processes, cgroups, files and a kernel.</summary>
internal sealed class PlayedMachine : IProcessSource, ICgroupSource, IModuleFiles, IKernelSource, IProcessCode
{
    public Dictionary<int, int> Parents { get; } = [];

    public Dictionary<int, int> ProcessOfThread { get; } = [];

    public Dictionary<(int, int), string> Comms { get; } = [];

    public Dictionary<int, string> CgroupOfProcess { get; } = [];

    public Dictionary<ulong, string> CgroupPaths { get; } = [];

    public string Modules { get; set; } = "";

    public string Kallsyms { get; set; } = "ffffffff81000000 T _text\nffffffff81001000 T vfs_read\nffffffff81002000 T do_syscall\nffffffff81003000 T _etext\n";

    public Dictionary<int, int> InnerPids { get; } = [];

    public Dictionary<int, string> PerfMaps { get; } = [];

    public string? PerfMapRefused { get; set; }

    /// <summary>Opens what stands behind a path; without it there are no files.</summary>
    public Func<string, ModuleFile?> File { get; set; } = _ => null;

    public int FilesOpened { get; private set; }

    public int SymbolReads { get; private set; }

    public ReadOnlySpan<byte> Vdso => default;

    public int InnerPidOf(int pid) => InnerPids.GetValueOrDefault(pid);

    public int ParentOf(int pid) => Parents.GetValueOrDefault(pid);

    public int ProcessOf(int tid) => ProcessOfThread.GetValueOrDefault(tid);

    public int CommOf(int pid, int tid, Span<byte> comm) =>
        Encoding.UTF8.GetBytes(Comms.GetValueOrDefault((pid, tid), ""), comm);

    public byte[] CgroupOf(int pid) => Encoding.UTF8.GetBytes(CgroupOfProcess.GetValueOrDefault(pid, ""));

    public byte[] PathOf(ulong id) => Encoding.UTF8.GetBytes(CgroupPaths.GetValueOrDefault(id, ""));

    public ModuleFile? Open(int pid, ulong start, ulong end, ReadOnlySpan<byte> path, ReadOnlySpan<byte> buildId)
    {
        ModuleFile? file = File(Encoding.UTF8.GetString(path));
        FilesOpened += file is null ? 0 : 1;
        return file;
    }

    public KernelModules ReadModules() => KernelModules.Parse(Encoding.UTF8.GetBytes(Modules));

    public ulong ReadTextBase() => 0xffffffff81000000;

    public byte[] ReadBuildId(string? module) => [];

    public KernelSymbols ReadSymbols()
    {
        SymbolReads++;
        var builder = new KernelSymbolsBuilder();
        builder.Append(Encoding.UTF8.GetBytes(Kallsyms));
        return builder.Build();
    }

    /// <summary>When a perf map was last written to.</summary>
    public ulong PerfMapWritten { get; set; }

    public IPerfMapFile? OpenPerfMap(int pid, uint? lastUid, out string? refused)
    {
        refused = PerfMapRefused;
        return refused is null && PerfMaps.ContainsKey(pid) ? new PlayedPerfMap(this, pid) : null;
    }

    private sealed class PlayedPerfMap(PlayedMachine machine, int pid) : IPerfMapFile
    {
        public bool TryLook(out long length, out ulong written)
        {
            (length, written) = (Encoding.UTF8.GetByteCount(machine.PerfMaps.GetValueOrDefault(pid, "")), machine.PerfMapWritten);
            return machine.PerfMaps.ContainsKey(pid);
        }

        public byte[] Read(long from, long to) => Encoding.UTF8.GetBytes(machine.PerfMaps.GetValueOrDefault(pid, ""))[(int)from..(int)to];

        public void Dispose()
        {
        }
    }
}
