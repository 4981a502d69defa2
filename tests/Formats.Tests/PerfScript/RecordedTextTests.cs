using System.Text;
using Diagnose.Formats.PerfScript;

namespace Diagnose.Formats.Tests.PerfScript;

public class RecordedTextTests
{
    public static TheoryData<string> Names => [.. ReadText.Fixtures];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_line_of_what_perf_printed_is_a_hit_a_frame_or_known(string name)
    {
        byte[] text = ReadText.Fixture(name);
        string[] lines = Encoding.Latin1.GetString(text).Split('\n');
        List<ReadHit> hits = ReadText.Hits(new MemoryStream(text), out PerfScriptReader reader);
        int frames = lines.Count(line => line.StartsWith('\t'));
        int records = lines.Count(line => line.Contains(" PERF_RECORD_", StringComparison.Ordinal));
        int blank = lines.Count(line => line.Length == 0), comments = lines.Count(line => line.StartsWith('#'));
        int extra = name == "srcline" ? lines.Count(line => line.StartsWith("  ", StringComparison.Ordinal)) : 0;
        Assert.Equal(lines.Length - frames - records - blank - comments - extra, hits.Count);
        Assert.Equal(records, reader.Records);
        Assert.Equal(extra, reader.Skipped.Count);
        if (name == "flat")
            Assert.All(hits, hit => Assert.Equal(hit.Event == "cpu-clock" ? 1 : 0, hit.Frames.Length));
        else
            Assert.Equal(frames, hits.Sum(hit => hit.Frames.Length));
        Assert.True(PerfScriptReader.LooksLikePerfScript(text.AsSpan(0, Math.Min(text.Length, 4096))));
    }

    [Fact]
    public void The_same_recording_printed_with_other_fields_has_the_same_hits()
    {
        List<ReadHit> plain = Read("tracepoint"), ids = Read("ids"), shorter = Read("short"), records = Read("records");
        Assert.Equal(plain, records);
        Assert.Equal(plain, ids.Select(hit => hit with { Pid = -1, Time = hit.Time / 1000 * 1000 }));
        Assert.Equal(plain.Select(hit => hit with { Cpu = -1, Frames = [.. hit.Frames.Select(frame => frame with { Offset = null })] }), shorter);
        Assert.All(ids, hit => Assert.InRange(hit.Pid, 0, int.MaxValue));
        Assert.Contains(plain, hit => hit.Cpu == 1);
    }

    private static List<ReadHit> Read(string name) => ReadText.Hits(new MemoryStream(ReadText.Fixture(name)), out _);
}
