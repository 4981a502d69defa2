using Diagnose.Formats.Trace;

namespace Diagnose.Bench.Generate;

/// <summary>
/// Writes a trace that no machine recorded, of any size: programs with their call trees, processes with ancestors, and
/// hits as busy CPUs would have them. Stacks are memory, hits are not.
/// </summary>
public static class TraceGenerator
{
    private const ulong Boot = 5_000_000_000, BootRealtime = 1_700_000_000_000_000_000;

    /// <summary>Writes a complete trace; returns its size in bytes.</summary>
    public static long Write(TraceShape shape, Stream stream)
    {
        using var writer = new TraceWriter(stream);
        DefinitionWriter definitions = writer.Definitions;
        var numbers = new SeededNumbers(shape.Seed);
        definitions.Meta("tool", "bench/Generate");
        definitions.Meta("host", "generated");
        definitions.Meta("kernel", "6.1.0-generated");
        definitions.Meta("machine", "x86_64");
        definitions.Meta("probe", "tracepoint:raw_syscalls:sys_enter");
        definitions.Meta("cpus", shape.Cpus == 1 ? "0" : $"0-{shape.Cpus - 1}");
        definitions.Clock(new ClockRow(Boot, BootRealtime));
        int eventId = definitions.Event(new EventRow(definitions.String("tracepoint:raw_syscalls:sys_enter"), EventKind.Tracepoint, 1));
        int programs = Math.Min(MadeNames.Programs.Length, Math.Min(shape.Stacks, shape.Threads));
        MadeProgram[] made = MadeProgram.MakeAll(definitions, numbers, programs, shape.Stacks);
        MadeThread[] threads = MadeThreads.Make(definitions, made, shape.Threads);
        WriteHits(writer, shape, eventId, numbers, threads);
        writer.Finish((EndCounter.Lost, 0UL), (EndCounter.Filtered, 0UL));
        return writer.BytesWritten;
    }

    private static void WriteHits(TraceWriter writer, TraceShape shape, int eventId, SeededNumbers numbers, MadeThread[] threads)
    {
        var popularity = new Zipf(threads.Length);
        var cpus = new MadeCpu[shape.Cpus];
        var next = new PriorityQueue<int, (ulong Time, int Cpu)>(cpus.Length);
        for (int cpu = 0; cpu < cpus.Length; cpu++)
        {
            cpus[cpu] = new MadeCpu(numbers, threads, popularity);
            cpus[cpu].Schedule(Boot);
            next.Enqueue(cpu, (cpus[cpu].Time, cpu));
        }

        for (long hit = 0; hit < shape.Hits; hit++)
        {
            int number = next.Peek();
            MadeCpu cpu = cpus[number];
            cpu.Hit();
            writer.AddHit(cpu.Time, number, eventId, cpu.Context, cpu.Stack);
            cpu.Schedule(cpu.Time);
            next.DequeueEnqueue(number, (cpu.Time, number));
        }
    }
}
