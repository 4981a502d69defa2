using System.Text;
using Diagnose.Analyze.Hits;
using Diagnose.Analyze.Import;
using Diagnose.Formats.Bytes;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Tests.Import;

/// <summary>What an import gives, as text for tests to compare.</summary>
internal sealed class ImportedText : IDisposable
{
    private readonly PerfDataSegments _segments;
    private readonly List<string> _hits = [];

    public ImportedText(byte[] file, ImportOptions? options = null)
    {
        PerfDataSegments? segments = PerfDataSegments.Open(new FileInMemory(file), options ?? new ImportOptions(), null, out string? error);
        Assert.True(segments is not null, error);
        _segments = segments;
        while (segments.TryNext(out TraceReader? segment))
        {
            Assert.Empty(segment.Damage);
            Assert.True(segment.IsComplete);
            Lost += segment.End[EndCounter.Lost];
            Read(segment);
        }
    }

    public PerfDataSegments Segments => _segments;

    public ulong Lost { get; private set; }

    /// <summary><c>TIME CPU EVENT TID comm pid:name&lt;pid:name | frame;frame</c> of each hit, in time order.</summary>
    public IReadOnlyList<string> Hits => _hits;

    /// <summary>The first four words of each hit.</summary>
    public IEnumerable<string> Places => _hits.Select(hit => string.Join(' ', hit.Split(' ')[..4]));

    public string Frames(int hit) => _hits[hit].Split(" | ")[1];

    public string Who(int hit) => string.Join(' ', _hits[hit].Split(" | ")[0].Split(' ')[4..]);

    public void Dispose() => _segments.Dispose();

    private void Read(TraceReader segment)
    {
        TraceDefinitions d = segment.Definitions;
        var symbols = new FrameSymbols(d);
        using var stream = new HitStream(segment);
        int[] frames = new int[TraceLimits.StackDepth];
        for (ReadOnlySpan<Hit> hits = stream.Read(); !hits.IsEmpty; hits = stream.Read())
        {
            foreach (Hit hit in hits)
            {
                ContextRow context = d.Context(hit.Context);
                List<string> chain = [];
                for (int id = context.Process; id != 0; id = d.Process(id).Parent)
                    chain.Add($"{d.Process(id).Pid}:{Text(d.Process(id).Comm)}{(d.Process(id).Flags == ProcessFlags.KernelThread ? "!" : "")}");
                StackRow stack = d.Stack(hit.Stack);
                List<string> names = [];
                foreach (int half in (int[])[stack.Kernel, stack.User])
                {
                    foreach (int frame in frames.AsSpan(0, d.Frames(half, frames)))
                        names.Add(Frame(frame));
                }

                _hits.Add($"{hit.Time} {hit.Cpu} {Text(d.Event(hit.Event).Name)} {(int)context.Tid} {Text(context.Comm)} {string.Join('<', chain)} | {string.Join(';', names)}");
            }
        }

        string Text(int id) => Encoding.UTF8.GetString(d.String(id));

        string Frame(int id)
        {
            FrameRow frame = d.Frame(id);
            string module = frame.Module == 0 ? "?" : Path.GetFileName(Text(d.Module(frame.Module).Path));
            string name = Encoding.UTF8.GetString(symbols.Name(id));
            return name.Length > 0 ? name : $"{module}+{frame.Offset:x}";
        }
    }
}
