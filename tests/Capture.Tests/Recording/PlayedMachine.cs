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

    /// <summary>Bytes of perf maps that were read at once, at most.</summary>
    public long LongestRead { get; private set; }

    private sealed class PlayedPerfMap(PlayedMachine machine, int pid) : IPerfMapFile
    {
        private byte[] _text = [];
        private bool _isClosed;

        public bool TryLook(out long length, out ulong written)
        {
            (length, written) = (Text.Length, machine.PerfMapWritten);
            return machine.PerfMaps.ContainsKey(pid);
        }

        public byte[] Read(long from, long to)
        {
            machine.LongestRead = Math.Max(machine.LongestRead, to - from);
            ObjectDisposedException.ThrowIf(_isClosed, this);
            byte[] text = Text;
            return text[(int)Math.Min(from, text.Length)..(int)Math.Min(to, text.Length)];
        }

        public void Dispose() => _isClosed = true;

        /// <summary>One that was removed has the text that it had, for who has it open.</summary>
        private byte[] Text => _text = machine.PerfMaps.TryGetValue(pid, out string? text) ? Encoding.UTF8.GetBytes(text) : _text;
    }
}
