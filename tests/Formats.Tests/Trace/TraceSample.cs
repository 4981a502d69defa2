using Diagnose.Formats.Bytes;
using Diagnose.Formats.Trace;

namespace Diagnose.Formats.Tests.Trace;

internal readonly record struct SampleHit(ulong Time, int Cpu, int Event, int Context, int Stack);

/// <summary>Traces with known content, and what a reader makes of them.</summary>
internal static class TraceSample
{
    /// <summary>Rows of every table, with values of every size, and hits of many CPUs that come a little out of order.</summary>
    public static byte[] Write(int seed, int hits, int stacks, int flushEvery, out List<SampleHit> written, int level = 1)
    {
        using var file = new MemoryStream();
        using var writer = new TraceWriter(file, level);
        Fill(writer, seed, hits, stacks, flushEvery, out written);
        return file.ToArray();
    }

    /// <summary>Writes and finishes one segment.</summary>
    public static void Fill(TraceWriter writer, int seed, int hits, int stacks, int flushEvery, out List<SampleHit> written)
    {
        var random = new Random(seed);
        DefinitionWriter d = writer.Definitions;
        d.Meta("tool", "test");
        d.Clock(new ClockRow(1000, 1_700_000_000_000_000_000));
        int[] events = [.. Enumerable.Range(0, 3).Select(i => d.Event(new EventRow(d.String($"kprobe:f{i}"), (EventKind)i, (ulong)i + 1)))];
        int kernel = d.Module(new ModuleRow(ModuleKind.Kernel, d.String("kernel"), d.String([1, 0, 255]), 0xffffffff81000000, 5 << 20, 0));
        int file1 = d.Module(new ModuleRow(ModuleKind.File, d.String("/lib/libc.so.6"), 0, 0, 0, 1));
        var contexts = new List<int>();
        var known = new List<int>();
        written = [];
        ulong now = 1_000_000_000;
        for (int i = 0; i < hits; i++)
        {
            if (contexts.Count < 40 && random.Next(1 + i / 20) == 0)
                contexts.Add(NewContext(d, random, file1, now));
            if (known.Count < stacks)
                known.Add(NewStack(d, random, kernel, file1));
            // A gap now and then that takes more than four bytes of ns, and times that step back a little.
            now += (ulong)(random.Next(200) == 0 ? 5_000_000_000 + random.NextInt64(1L << 40) : random.Next(2000));
            var hit = new SampleHit(now - (ulong)random.Next(300), random.Next(1 << random.Next(6)), events[random.Next(3)],
                contexts[random.Next(contexts.Count)], known[Math.Min(random.Next(known.Count), random.Next(known.Count))]);
            written.Add(hit);
            writer.AddHit(hit.Time, hit.Cpu, hit.Event, hit.Context, hit.Stack);
            if (i % flushEvery == flushEvery - 1)
                writer.Flush();
        }

        d.Loss(new LossRow(now, 3, events[0], LossReason.RingFull, ulong.MaxValue));
        writer.Finish((EndCounter.Lost, ulong.MaxValue));
    }

    /// <summary>All segments of a file that no limit cuts short.</summary>
    public static List<TraceReader> Segments(byte[] file)
    {
        var segments = new TraceSegments(new FileInMemory(file));
        var all = new List<TraceReader>();
        while (segments.TryNext(out TraceReader? segment))
            all.Add(segment);
        Assert.Null(segments.Error);
        Assert.Equal(0, all[0].Offset);
        Assert.Equal(all.Skip(1).Select(s => s.Offset).Append(file.Length), all.Select(s => s.EndOffset));
        return all;
    }

    /// <summary>All hits that a reader can read, in file order.</summary>
    public static List<SampleHit> ReadHits(TraceReader reader)
    {
        var hits = new List<SampleHit>();
        using var block = new HitBlockReader();
        foreach (HitBlockPlace place in reader.HitBlocks)
        {
            if (reader.TryReadHits(place, block, withTimes: true))
                AddHits(block, hits);
        }

        return hits;
    }

    public static TraceReader Open(byte[] file)
    {
        Assert.True(TraceReader.TryOpen(new FileInMemory(file), out TraceReader reader, out string? error), error);
        return reader;
    }

    /// <summary>Hits in an order of their own, to compare sets of them.</summary>
    public static List<SampleHit> Sorted(IEnumerable<SampleHit> hits) =>
        [.. hits.OrderBy(h => h.Time).ThenBy(h => h.Cpu).ThenBy(h => h.Event).ThenBy(h => h.Context).ThenBy(h => h.Stack)];

    /// <summary>The hits of each block as they were written: capacity and flushes decide where one ends.</summary>
    public static IEnumerable<SampleHit[]> Blocks(List<SampleHit> hits, int flushEvery) =>
        hits.Chunk(flushEvery).SelectMany(chunk => chunk.Chunk(HitBlockBuilder.Capacity));

    public static void AddHits(HitBlockReader block, List<SampleHit> hits)
    {
        int run = 0, hit = 0;
        foreach (ContextRun context in block.Contexts)
        {
            for (int end = hit + context.Count; hit < end; hit++)
            {
                while (hit >= block.Runs[run].First + block.Runs[run].Count)
                    run++;
                hits.Add(new SampleHit(block.Times[hit], block.Runs[run].Cpu, block.Runs[run].Event, context.Context, block.Stack(hit)));
            }
        }

        Assert.Equal(block.Count, hit);
    }

    private static int NewContext(DefinitionWriter d, Random random, int module, ulong now)
    {
        int init = d.Process(new ProcessRow(1, d.String("init"), 0, ProcessFlags.None));
        int process = d.Process(
            new ProcessRow((uint)random.Next(), d.String($"p{random.Next(5)}"), init, (ProcessFlags)random.Next(2), (uint)random.Next(3)));
        int parent = d.Space(new SpaceRow((uint)random.Next(), 0, 0));
        int space = d.Space(new SpaceRow(uint.MaxValue, parent, now));
        d.Mapping(new MappingRow(parent, 0, ulong.MaxValue - 0xffff, 0x1000, 0x2000, 0x402000, module));
        int cgroup = d.Cgroup(new CgroupRow((ulong)random.NextInt64(), d.String($"/slice/{random.Next(3)}")));
        return d.Context(new ContextRow((uint)random.Next(), d.String([(byte)random.Next(256), 0, 10]), process, cgroup, space));
    }

    private static int NewStack(DefinitionWriter d, Random random, int kernel, int file)
    {
        int user = 0, inKernel = 0;
        for (int depth = random.Next(6); depth > 0; depth--)
            user = d.Node(new NodeRow(user, NewFrame(d, random, file)));
        for (int depth = random.Next(6); depth >= 0; depth--)
            inKernel = d.Node(new NodeRow(inKernel, NewFrame(d, random, kernel)));
        return d.Stack(new StackRow(inKernel, user, (StackFlags)random.Next(4)));
    }

    private static int NewFrame(DefinitionWriter d, Random random, int module)
    {
        ulong offset = random.Next(50) == 0 ? ulong.MaxValue - (ulong)random.Next(5) : (ulong)random.Next(2000);
        int frame = d.Frame(new FrameRow(module, offset, (FrameFlags)random.Next(2)));
        int detail = random.Next(2) == 0 ? 0 : d.String("detail");
        int symbol = d.Symbol(new SymbolRow(module, offset & ~15UL, 16, d.String($"symbol_{offset / 16}"), SymbolSource.SymTab, detail));
        d.FrameSymbol(frame, symbol);
        return frame;
    }
}
