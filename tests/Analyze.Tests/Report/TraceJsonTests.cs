using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using CsCheck;
using Diagnose.Analyze.Report;
using Diagnose.Analyze.Tests.Hits;
using Diagnose.Formats.Report;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Tests.Report;

public partial class TraceJsonTests
{
    private static string Page([CallerFilePath] string here = "") =>
        File.ReadAllText(Path.Combine(Path.GetDirectoryName(here)!, "../../../Analyze/Report/REPORT-JSON.md"));

    [GeneratedRegex("^\\| `(?<field>[a-z_]+)` \\|", RegexOptions.Multiline)]
    private static partial Regex Field();

    private static string Json(TraceReader trace, long last = long.MaxValue)
    {
        var output = new ArrayBufferWriter<byte>();
        using var json = new TraceJson(trace);
        json.Write(output, 0, null, last);
        // Strictly: no replacement for what is no UTF-8.
        return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(output.WrittenSpan);
    }

    private static byte[] Bytes(string latin) => Encoding.Latin1.GetBytes(latin);

    /// <summary>One hit in which every field has something to say.</summary>
    private static TraceReader Everything() => SyntheticTrace.Open(SyntheticTrace.Write(writer =>
    {
        DefinitionWriter d = writer.Definitions;
        d.Clock(new ClockRow(0, 1_795_387_698_000_000_000));
        int probe = d.Event(new EventRow(d.String("kprobe:vfs_read"), EventKind.Kprobe, 1));
        int kernel = d.Module(new ModuleRow(ModuleKind.Kernel, d.String("[kernel.kallsyms]"), d.String([0xeb, 0x4f, 0xbc]), 0xffffffff81000000, 0, 0));
        int bpf = d.Module(new ModuleRow(ModuleKind.KernelModule, d.String(Bytes("bpf\xff")), 0, 0, 0, 0));
        int file = d.Module(new ModuleRow(ModuleKind.File, d.String(Bytes("/usr/bin/w\xffrds")), 0, 0, 0, 0));
        int leaf = d.Frame(new FrameRow(kernel, 0x3669e1, FrameFlags.None));
        d.FrameSymbol(leaf, d.Symbol(new SymbolRow(kernel, 0x3669e0, 64, d.String("vfs_read"), SymbolSource.Kallsyms)));
        int generated = d.Frame(new FrameRow(kernel, 0x1f0000, FrameFlags.ReturnAddress));
        d.FrameSymbol(generated, d.Symbol(new SymbolRow(bpf, 0, 64, d.String("bpf_prog"), SymbolSource.Kallsyms)));
        int mangled = d.Frame(new FrameRow(file, 0x1f66, FrameFlags.None));
        d.FrameSymbol(mangled, d.Symbol(new SymbolRow(file, 0x1f00, 64, d.String("_ZN5words5countIiEEvRKT_"), SymbolSource.SymTab, d.String(Bytes("int32 [words] Words::count(\xff)[Tier1]")))));
        int broken = d.Frame(new FrameRow(file, 0x2000, FrameFlags.ReturnAddress));
        d.FrameSymbol(broken, d.Symbol(new SymbolRow(file, 0x2000, 64, d.String(Bytes("f\xc3(")), SymbolSource.SymTab)));
        int space = d.Space(new SpaceRow(137, 0, 0));
        d.Mapping(new MappingRow(space, 0, 0x560e56409000, 0x3000, 0, 0, file));
        int root = d.Process(new ProcessRow(2, d.String("kthreadd"), 0, ProcessFlags.KernelThread));
        int parent = d.Process(new ProcessRow(132, d.String(Bytes("s\xfeh")), root, ProcessFlags.None));
        int process = d.Process(new ProcessRow(137, d.String("words"), parent, ProcessFlags.None, 7));
        int context = d.Context(new ContextRow(139, d.String(Bytes("w\u001b\"\xff")), process, d.Cgroup(new CgroupRow(0, d.String(Bytes("/box\x80")))), space));
        int inKernel = d.Node(new NodeRow(d.Node(new NodeRow(0, generated)), leaf));
        int inProgram = d.Node(new NodeRow(d.Node(new NodeRow(d.Node(new NodeRow(0, d.Frame(new FrameRow(0, 0x1234, FrameFlags.ReturnAddress)))), broken)), mangled));
        int stack = d.Stack(new StackRow(inKernel, inProgram, StackFlags.KernelTruncated | StackEnds.Flags(StackEnd.CopyTooShort, byFramePointer: true)));
        writer.AddHit(959_125_464, 1, probe, context, stack);
        writer.AddHit(1_959_125_465, 1, probe, context, stack);
    }));

    [Fact]
    public void The_page_describes_what_is_printed_field_by_field()
    {
        string printed = Json(Everything(), last: 1), page = Page();
        string example = page[(page.IndexOf("```json", StringComparison.Ordinal) + 7)..page.LastIndexOf("```", StringComparison.Ordinal)];
        Assert.Equal(printed, string.Concat(example.Split('\n').Select(line => line.Trim())) + "\n");

        var printedFields = new SortedSet<string>(StringComparer.Ordinal);
        using JsonDocument document = JsonDocument.Parse(printed);
        Collect(document.RootElement, printedFields);
        Assert.Equal(printedFields, new SortedSet<string>(Field().Matches(page).Select(m => m.Groups["field"].Value), StringComparer.Ordinal));

        // Each field stands in the table of its object.
        string[] tables = page.Split("\n## ");
        foreach ((string table, JsonElement element) in ((string, JsonElement)[])[("A thread", document.RootElement.GetProperty("thread")),
            ("A process", document.RootElement.GetProperty("process")), ("A frame", document.RootElement.GetProperty("user")[0]), ("A hit", document.RootElement)])
        {
            string text = tables.Single(t => t.StartsWith(table + "\n", StringComparison.Ordinal));
            Assert.Subset(Field().Matches(text).Select(m => m.Groups["field"].Value).ToHashSet(), element.EnumerateObject().Select(p => p.Name).ToHashSet());
        }
    }

    private static void Collect(JsonElement element, SortedSet<string> fields)
    {
        if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement item in element.EnumerateArray())
                Collect(item, fields);
        }
        else if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty property in element.EnumerateObject())
            {
                fields.Add(property.Name);
                Collect(property.Value, fields);
            }
        }
    }

    [Fact]
    public void Names_survive_whatever_they_hold() =>
        Gen.Byte.Array[0, 20].Sample(name =>
        {
            string json = Json(SyntheticTrace.Open(SyntheticTrace.Write(writer =>
                writer.AddHit(1, 0, 1, writer.Definitions.Context(new ContextRow(1, writer.Definitions.String(name), 0, 0, 0)), 0))));
            using JsonDocument hit = JsonDocument.Parse(json);
            JsonElement thread = hit.RootElement.GetProperty("thread");
            string text = thread.GetProperty("comm").GetString()!;
            if (thread.TryGetProperty("comm_hex", out JsonElement hex))
            {
                Assert.False(System.Text.Unicode.Utf8.IsValid(name));
                Assert.Equal(name, Convert.FromHexString(hex.GetString()!));
            }
            else
            {
                Assert.Equal(name, Encoding.UTF8.GetBytes(text));
            }

            // Safe to look at, line ends apart.
            Assert.True(PrintableName.IsPrintable(Encoding.UTF8.GetBytes(json.TrimEnd('\n'))));
        }, iter: 2000);

    [Fact]
    public void A_trace_without_a_clock_has_no_wall_clock_times_and_a_limit_is_kept()
    {
        TraceReader trace = SyntheticTrace.Open(SyntheticTrace.Write(writer =>
        {
            for (int i = 0; i < 5; i++)
                writer.AddHit((ulong)i, 0, 1, 0, 0);
        }));
        string[] lines = Json(trace, last: 3).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, lines.Length);
        Assert.All(lines, line => Assert.Contains("\"time\":null,", line, StringComparison.Ordinal));
        Assert.EndsWith("\"process\":null,\"ancestors\":[],\"cgroup\":\"\",\"kernel\":[],\"user\":[]}", lines[0], StringComparison.Ordinal);
        Assert.Equal(5, Json(trace).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }
}
