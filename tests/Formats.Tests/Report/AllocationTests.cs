using System.Buffers;
using Diagnose.Formats.Report;

namespace Diagnose.Formats.Tests.Report;

public class AllocationTests
{
    private const int Hits = 3000;

    private readonly ArrayBufferWriter<byte> _text = new(1 << 20);

    [Fact]
    public void Writing_lines_costs_no_memory()
    {
        Write();
        Assert.Equal(0, Allocated.LeastOf(Write));
    }

    [Fact]
    public void Reading_hits_and_their_lines_costs_no_memory()
    {
        Write();
        var damage = new ReportDamage();
        int hits = 0, frames = 0;
        Assert.Equal(0, Allocated.LeastOf(() => (hits, frames) = Read(damage)));
        Assert.Equal((Hits, 5 * Hits, 0L), (hits, frames, damage.Count));
    }

    private void Write()
    {
        _text.ResetWrittenCount();
        for (int i = 1; i <= Hits; i++)
        {
            ReportWriter.HitHeader(_text, i, "my \t worker"u8, "/shop"u8, i, 1_700_000_000, (uint)i);
            ReportWriter.KernelSection(_text);
            ReportWriter.KernelFrame(_text, 0xffffffff81000000, "vfs_read"u8, default);
            ReportWriter.KernelFrame(_text, 0xffffffffc0000000, "ext4_read"u8, "ext4"u8);
            ReportWriter.UserSection(_text);
            ReportWriter.UserFrame(_text, 0x401000, "\u5546\u5e97::\u8bfb"u8);
            ReportWriter.Thread(_text, "worker"u8);
            ReportWriter.ChainSection(_text);
            ReportWriter.ChainProcess(_text, "shop"u8);
            ReportWriter.End(_text);
        }
    }

    private (int Hits, int Frames) Read(ReportDamage damage)
    {
        int hits = 0, frames = 0;
        var reader = new ReportReader(_text.WrittenSpan, isLast: true, damage);
        while (reader.TryRead(out ReportHit hit))
        {
            hits++;
            ReportLines lines = hit.Lines;
            while (lines.TryRead(out ReportLine line))
                frames += line.Kind != ReportLineKind.Other && ReportFrame.TryParse(line.Text, out _, out _) ? 1 : 0;
        }

        return (hits, frames);
    }
}
