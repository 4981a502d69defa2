using System.Globalization;
using System.IO.Compression;
using System.Text;
using Diagnose.Formats.PerfScript;

namespace Diagnose.Formats.Tests.PerfScript;

/// <summary>A frame as the reader gave it.</summary>
internal sealed record ReadFrame(ulong Address, string Name, ulong? Offset, string Dso, bool IsInlined = false);

/// <summary>A hit as the reader gave it; compares by everything, its frames included.</summary>
internal sealed record ReadHit(string Comm, int Pid, int Tid, int Cpu, ulong? Time, ulong Period, string Event, ReadFrame[] Frames)
{
    public bool Equals(ReadHit? other) => other is not null && ToString() == other.ToString();

    public override int GetHashCode() => Tid;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Comm}|{Pid}|{Tid}|{Cpu}|{Time}|{Period}|{Event}|{string.Join(';', Frames.AsEnumerable())}");
}

/// <summary>Gives a text in pieces of given lengths, over and over.</summary>
internal sealed class PieceStream(byte[] text, params int[] pieces) : MemoryStream(text)
{
    private int _piece;

    public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, pieces[_piece++ % pieces.Length])]);
}

internal static class ReadText
{
    public static IEnumerable<string> Fixtures => ["tracepoint", "ids", "short", "records", "flat", "inlined", "srcline"];

    public static byte[] Fixture(string name)
    {
        using var stream = new GZipStream(
            File.OpenRead(Path.Combine(AppContext.BaseDirectory, "PerfScript", $"{name}.txt.gz")), CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    public static List<ReadHit> Hits(string text, out PerfScriptReader reader) => Hits(new MemoryStream(Encoding.Latin1.GetBytes(text)), out reader);

    /// <summary>Everything that can be read; bytes become characters one by one.</summary>
    public static List<ReadHit> Hits(Stream text, out PerfScriptReader reader)
    {
        reader = new PerfScriptReader(text);
        var hits = new List<ReadHit>();
        while (reader.TryRead(out PerfScriptHit hit))
        {
            var frames = new List<ReadFrame>();
            PerfScriptFrameLines lines = hit.Lines;
            while (lines.TryRead(out ReadOnlySpan<byte> line, out int position))
            {
                if (PerfScriptFrame.TryParse(line, out PerfScriptFrame frame))
                    frames.Add(new ReadFrame(frame.Address, Text(frame.Name), frame.Offset, Text(frame.Dso), frame.IsInlined));
                else
                    reader.Skip(hit, position, SkipReason.BrokenFrame);
            }

            hits.Add(new ReadHit(Text(hit.Comm), hit.Pid, hit.Tid, hit.Cpu, hit.HasTime ? hit.Time : null, hit.Period, Text(hit.Event), [.. frames]));
        }

        return hits;
    }

    /// <summary>Everything that was passed over, one after the other.</summary>
    public static string Skipped(PerfScriptReader reader) => string.Join('\n', reader.Skipped.Places);

    public static string Text(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);
}
