using System.Buffers;
using System.Text;
using CsCheck;
using Diagnose.Analyze.Flame;
using Diagnose.Analyze.Report;
using Diagnose.Analyze.Stacks;
using Diagnose.Analyze.Tests.Hits;
using Diagnose.Analyze.Tests.Stacks;
using Diagnose.Formats.Bytes;
using Diagnose.Formats.Report;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Tests.Report;

public class TraceReportTests
{
    private static byte[] Report(byte[] trace)
    {
        var output = new ArrayBufferWriter<byte>();
        new TraceReport(SyntheticTrace.Open(trace)).Write(output);
        return output.WrittenSpan.ToArray();
    }

    [Fact]
    public void A_trace_of_the_documented_hit_prints_the_documented_text()
    {
        (string Name, ulong Address, string Module)[] frames =
        [
            ("save_stack_trace_tsk", 0xffffffff81025022, ""), ("diagnose_save_stack_trace", 0xffffffffa141f419, "diagnose"),
            ("ali_diag_task_kern_stack", 0xffffffffa141fd8e, "diagnose"), ("kprobe_pre", 0xffffffffa142eaab, "diagnose"),
            ("kprobe_ftrace_handler", 0xffffffff81659e1c, ""), ("ftrace_ops_list_func", 0xffffffff8113559e, ""),
            ("ftrace_regs_call", 0xffffffff81663d44, ""), ("smp_apic_timer_interrupt", 0xffffffff81664cdf, ""),
            ("apic_timer_interrupt", 0xffffffff81660432, ""),
        ];
        byte[] trace = SyntheticTrace.Write(writer =>
        {
            DefinitionWriter d = writer.Definitions;
            d.Clock(new ClockRow(0, 1_584_004_225_000_000_000));
            int probe = d.Event(new EventRow(d.String("kprobe:hrtimer_interrupt"), EventKind.Kprobe, 1));
            int kernel = d.Module(new ModuleRow(ModuleKind.Kernel, d.String("[kernel.kallsyms]"), 0, 0xffffffff81000000, 0, 0));
            int diagnose = d.Module(new ModuleRow(ModuleKind.KernelModule, d.String("diagnose"), 0, 0xffffffffa1400000, 0, 0));
            int h2o = d.Module(new ModuleRow(ModuleKind.File, d.String("/usr/bin/h2o"), 0, 0, 0, 0));
            int inKernel = 0;
            foreach ((string name, ulong address, string module) in frames.Reverse())
            {
                ulong offset = address - (module.Length == 0 ? 0xffffffff81000000 : 0xffffffffa1400000);
                int id = module.Length == 0 ? kernel : diagnose;
                int frame = d.Frame(new FrameRow(id, offset, FrameFlags.ReturnAddress));
                d.FrameSymbol(frame, d.Symbol(new SymbolRow(id, offset - 8, 64, d.String(name), SymbolSource.Kallsyms)));
                inKernel = d.Node(new NodeRow(inKernel, frame));
            }

            int find = d.Frame(new FrameRow(h2o, 0x8bf32d, FrameFlags.None));
            d.FrameSymbol(find, d.Symbol(new SymbolRow(h2o, 0x8bf300, 64,
                d.String("_ZNKSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEE4findEPKcmm"), SymbolSource.SymTab)));
            int space = d.Space(new SpaceRow(106526, 0, 0));
            d.Mapping(new MappingRow(space, 0, 0x400000, 0xa00000, 0, 0x400000, h2o));
            int process = 0;
            foreach (string comm in new[] { "systemd", "auditd", "h2o" })
                process = d.Process(new ProcessRow(1, d.String(comm), process, ProcessFlags.None));
            int context = d.Context(new ContextRow(106526, d.String("h2o"), process, d.Cgroup(new CgroupRow(0, d.String("/docker/h2o"))), space));
            int stack = d.Stack(new StackRow(inKernel, d.Node(new NodeRow(0, find)), StackFlags.None));
            writer.AddHit(651_374_999, 0, probe, context, stack);
        });
        // Numbers count from 1 in each report, with three digits; the page's module columns are a tab's.
        Assert.Equal(ReportFolderTests.DocumentedHit.Replace("[4564]", "[001]", StringComparison.Ordinal), Encoding.UTF8.GetString(Report(trace)));
    }

    private static readonly string[] s_nasty =
    [
        "", " ", "   ", "UNKNOWN", "a b", " x ", "f (int)", "([symbol])", "x ([symbol])", "(UNKNOWN)", "##", "##CGROUP:[x]", "a;b",
        "_ZN3foo3barEv", "_ZN3foo3barEv ", "operator new(unsigned long)", "x [mod]", "[mod]", "]，时间：[1:2]", "KPROBE命中：PID： 1[a]",
        "\t", "\n##\n", "\u001b[31m", "\u202e", "\\x41", "进程",
    ];

    private static readonly Gen<byte[]> s_name = Gen.Frequency(
        (1, Gen.Byte.Array[0, 12]), (3, Gen.Int[0, s_nasty.Length - 1].Select(i => Encoding.UTF8.GetBytes(s_nasty[i]))));

    [Fact]
    public void The_graph_of_a_trace_is_the_graph_of_its_report_byte_for_byte() =>
        Gen.Select(Gen.Int, Gen.Int[1, 60], s_name.Array[4, 30]).Sample((seed, hits, names) =>
        {
            byte[] trace = Random(new Random(seed), hits, names);
            byte[] text = Report(trace);

            var fromTrace = new FlameTree(new NameTable());
            Assert.Equal(hits, new TraceFolder(SyntheticTrace.Open(trace), fromTrace).Fold());
            var fromText = new FlameTree(new NameTable());
            var damage = new ReportDamage();
            var folder = new ReportFolder(fromText, damage);
            folder.Fold(new MemoryStream(text));

            Assert.Empty(damage.Places);
            Assert.Equal(hits, folder.Hits);
            Assert.Equal(Folded(fromText.Merge()), Folded(fromTrace.Merge()));
            MergedStacks ofText = fromText.Merge(), ofTrace = fromTrace.Merge();
            Assert.Equal(Shape(ofText), Shape(ofTrace));
            // Which functions are managed code the text does not tell, nor whose code a user function is.
            if (!Enumerable.Range(1, ofTrace.Count - 1).Any(node => ofTrace.Kind(node) == FrameKind.Managed))
                Assert.Equal(Svg(ofText), Svg(ofTrace));
        }, iter: 500);

    [Fact]
    public void The_graph_of_a_trace_of_segments_is_the_graph_of_all_their_reports() =>
        Gen.Select(Gen.Int, Gen.Int[1, 20], s_name.Array[4, 30]).Array[2, 5].Sample(contents =>
        {
            byte[] trace = [.. contents.SelectMany(c => Random(new Random(c.Item1), c.Item2, c.Item3))];
            var output = new ArrayBufferWriter<byte>();
            var fromTrace = new FlameTree(new NameTable());
            var segments = new TraceSegments(new FileInMemory(trace));
            long hits = 0;
            while (segments.TryNext(out TraceReader? segment))
            {
                hits = new TraceReport(segment).Write(output, hits);
                new TraceFolder(segment, fromTrace).Fold();
            }

            Assert.Equal(contents.Sum(c => c.Item2), hits);
            var fromText = new FlameTree(new NameTable());
            var folder = new ReportFolder(fromText, new ReportDamage());
            folder.Fold(new MemoryStream(output.WrittenSpan.ToArray()));
            Assert.Equal(hits, folder.Hits);
            Assert.Equal(Folded(fromText.Merge()), Folded(fromTrace.Merge()));
        }, iter: 100);

    private static byte[] Random(Random random, int hits, byte[][] names) => SyntheticTrace.Write(writer =>
    {
        DefinitionWriter d = writer.Definitions;
        int Name() => d.String(names[random.Next(names.Length)]);
        int[] modules = [0, .. Enum.GetValues<ModuleKind>().Select((kind, i) => d.Module(new ModuleRow(kind, Name(), 0, (ulong)random.NextInt64(), 0, (uint)i)))];
        int[] frames = new int[20];
        for (int i = 1; i < frames.Length; i++)
        {
            int module = modules[random.Next(modules.Length)];
            frames[i] = d.Frame(new FrameRow(module, (ulong)random.NextInt64(), (FrameFlags)random.Next(2)));
            if (random.Next(4) > 0)
                d.FrameSymbol(frames[i], d.Symbol(new SymbolRow(module, 0, 9, Name(), SymbolSource.SymTab)));
        }

        int Half()
        {
            int node = 0;
            for (int depth = random.Next(5); depth > 0; depth--)
                node = d.Node(new NodeRow(node, frames[random.Next(frames.Length)]));
            return node;
        }

        for (int i = 0; i < hits; i++)
        {
            int process = 0;
            for (int depth = random.Next(4); depth > 0; depth--)
                process = d.Process(new ProcessRow(1, Name(), process, ProcessFlags.None));
            int cgroup = random.Next(4) == 0 ? 0 : d.Cgroup(new CgroupRow(0, Name()));
            uint thread = random.Next(9) == 0 ? uint.MaxValue : (uint)random.Next();
            int context = d.Context(new ContextRow(thread, Name(), process, cgroup, 0));
            writer.AddHit((ulong)random.Next(), 0, 1, context, d.Stack(new StackRow(Half(), Half(), StackFlags.None)));
        }
    });

    private static string Folded(MergedStacks stacks)
    {
        var output = new ArrayBufferWriter<byte>();
        FoldedWriter.Write(stacks, output);
        return Encoding.Latin1.GetString(output.WrittenSpan);
    }

    private static string[] Shape(MergedStacks stacks) => [.. Enumerable.Range(0, stacks.Count).Select(node =>
        $"{stacks.Depth(node)} {Encoding.Latin1.GetString(stacks.Name(node))} {stacks.Total(node)} {(stacks.Kind(node) == FrameKind.Managed ? FrameKind.User : stacks.Kind(node))}")];

    /// <summary>The graph without its line of modules.</summary>
    private static string Svg(MergedStacks stacks)
    {
        var output = new MemoryStream();
        SvgWriter.Write(stacks, new FlameOptions(), output);
        return string.Join('\n', Encoding.Latin1.GetString(output.ToArray()).Split('\n')
            .Where(line => !line.StartsWith("<metadata id=\"modules\">", StringComparison.Ordinal)));
    }
}
