using System.Runtime.InteropServices;
using Diagnose.Formats.PerfScript;
using Diagnose.Formats.Report;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Import;

/// <summary>Who was hit by what, as far as one line of text says: a thread, its process, the event.</summary>
/// <param name="wants">Whether the hits of an event of this name are wanted; asked once for each segment.</param>
internal sealed class PerfScriptContexts(DefinitionWriter definitions, Func<string, bool> wants)
{
    /// <summary>Processes whose names are remembered; those of ended ones never come again.</summary>
    private const int MostProcesses = 1 << 16;

    private const int MostCommLength = 256;

    /// <summary>
    /// An event as the trace has it. While all its hits have one period, that is the event's; where they differ there is
    /// a second row of the same name with 0, not known.
    /// </summary>
    private struct Event
    {
        public int Id;
        public ulong Period;
        public int Varying;
    }

    private readonly Dictionary<int, byte[]> _processes = [];
    private readonly List<int> _contexts = [];
    private readonly List<Event> _events = [];
    private ByteInterner _threads = new();
    private ByteInterner _names = new();

    /// <summary>About how much memory remembering takes.</summary>
    public long Bytes => _threads.Bytes + _names.Bytes + 4L * _contexts.Count + 24L * _events.Count;

    public void BeginSegment()
    {
        _threads = new ByteInterner();
        _names = new ByteInterner();
        _contexts.Clear();
        _events.Clear();
    }

    /// <summary>The id of the hit's context.</summary>
    public int ContextOf(in PerfScriptHit hit)
    {
        ReadOnlySpan<byte> comm = hit.Comm[..Math.Min(hit.Comm.Length, MostCommLength)];
        Span<byte> key = stackalloc byte[8 + MostCommLength];
        BitConverter.TryWriteBytes(key, hit.Pid);
        BitConverter.TryWriteBytes(key[4..], hit.Tid);
        comm.CopyTo(key[8..]);
        int number = _threads.Intern(key[..(8 + comm.Length)], out bool isNew);
        if (isNew)
            _contexts.Add(Define(comm, hit.Pid, Math.Max(hit.Tid, 0)));
        return _contexts[number - 1];
    }

    /// <summary>The id of the hit's event; 0 when its hits are not wanted.</summary>
    public int EventOf(in PerfScriptHit hit)
    {
        ReadOnlySpan<byte> name = hit.Event.IsEmpty ? "unknown"u8 : hit.Event;
        int number = _names.Intern(name, out bool isNew);
        // A text without periods has one line for each hit.
        ulong period = Math.Max(hit.Period, 1);
        if (isNew)
            _events.Add(new Event { Id = wants(PrintableText.Of(name)) ? Define(name, period) : 0, Period = period });
        ref Event known = ref CollectionsMarshal.AsSpan(_events)[number - 1];
        if (known.Id == 0)
            return 0;
        if (known.Varying == 0 && known.Period != period)
            known.Varying = Define(name, 0);
        return known.Varying != 0 ? known.Varying : known.Id;
    }

    private int Define(ReadOnlySpan<byte> name, ulong period) =>
        definitions.Event(new EventRow(definitions.String(name), PerfScriptEvent.KindOf(name), period));

    private int Define(ReadOnlySpan<byte> comm, int pid, int tid)
    {
        // Only a hit of its main thread says what a process is called; until one comes its threads' names stand for it.
        ReadOnlySpan<byte> process = comm;
        if (pid < 0)
            pid = tid;
        if (pid == tid)
        {
            if (_processes.Count == MostProcesses)
                _processes.Clear();
            _processes[pid] = comm.ToArray();
        }
        else if (_processes.TryGetValue(pid, out byte[]? known))
        {
            process = known;
        }

        int row = definitions.Process(new ProcessRow((uint)pid, definitions.String(process), 0, ProcessFlags.None));
        return definitions.Context(new ContextRow((uint)tid, definitions.String(comm), row, 0, 0));
    }
}
