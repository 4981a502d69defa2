using System.Globalization;
using System.IO.Compression;
using System.Text;
using Diagnose.Formats.Elf;
using Diagnose.Formats.PerfData;
using Diagnose.Formats.PerfEvents;
using Diagnose.Formats.Tests.PerfData;
using Diagnose.Formats.Unwind;
using Diagnose.Formats.Unwind.X64;

namespace Diagnose.Formats.Tests.Unwind;

/// <summary>Stacks that perf recorded of <c>stacks.c</c>, with the program itself: nothing of this machine is needed.</summary>
public class RecordedStacksTests
{
    private const ulong Base = 0x400000, SignalReturn = 0x40104e;

    private static readonly byte[] s_program = Read("stacks.gz");

    [Fact]
    public void Every_stack_is_the_one_that_perf_unwinds()
    {
        string[] expected = Encoding.UTF8.GetString(Read("stacks.expected.gz")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        List<(string Frames, UnwindEnd End)> unwound = Unwind();
        Assert.Equal(expected.Length, unwound.Count);
        for (int i = 0; i < expected.Length; i++)
        {
            string[] theirs = expected[i].Split(' ');
            // What a handler on a stack of its own interrupted is known, but its stack was not copied: perf then reads zeroes.
            bool isOther = theirs[^1].StartsWith("ffffffffffffffff", StringComparison.Ordinal);
            if (isOther)
                theirs = theirs[..^1];
            // perf gives the caller of code without unwind information twice; the program's deep() became a loop, and is there once.
            int repeated = theirs.IndexOf("1149:deep");
            if (repeated > 0 && theirs[repeated - 1].EndsWith(":undescribed", StringComparison.Ordinal))
                theirs = [.. theirs[..repeated], .. theirs[(repeated + 1)..]];
            Assert.Equal(string.Join(' ', theirs.Select(frame => frame.Split(':')[0])), unwound[i].Frames);
            Assert.Equal(isOther ? UnwindStop.BadRead : UnwindStop.ReachedOutermost, unwound[i].End.Stop);
            Assert.Equal(expected[i].Contains("undescribed", StringComparison.Ordinal), unwound[i].End.FramePointerUsed);
        }

        // Each kind of stack is there.
        foreach (string kind in new[] { ":realigned", "104d:", "ffffffffffffffff", ":burn 106f:undescribed" })
            Assert.Contains(expected, line => line.Contains(kind, StringComparison.Ordinal));
    }

    private static List<(string, UnwindEnd)> Unwind()
    {
        Assert.True(ElfImage.TryParse(s_program, out ElfImage elf, out _));
        var modules = new OneModule(new UnwindModule(Base + 0x1000, Base + 0x2000, 0, UnwindTable.Build(elf)));
        var unwinder = new Unwinder<X64Registers>();
        using PerfDataReader reader = RecordedFile.Open(Read("stacks.data.gz"));
        List<(string, UnwindEnd)> stacks = [];
        ulong[] frames = new ulong[64];
        while (reader.MoveNext())
        {
            PerfDataRecord record = reader.Current;
            if (record.Kind != RecordKind.Sample)
                continue;
            Assert.True(record.Layout.TryParseUserContext(record.Bytes, out UserContext context));
            Assert.True(X64Registers.TryFromPerf(record.Layout.RegistersUser, context.Registers, out X64Registers registers));
            Assert.True(registers.TryGet(X64Registers.StackPointer, out ulong sp));
            int count = unwinder.Unwind(registers, new StackCopy(sp, context.Stack), modules, frames, out UnwindEnd end);
            stacks.Add((string.Join(' ', frames[..count].Select((_, i) => Offset(frames, i))), end));
        }

        return stacks;
    }

    /// <summary>As perf gives it: in the file, and of callers the call, which an interrupted function did not make.</summary>
    private static string Offset(ulong[] frames, int i)
    {
        bool wasCalled = i > 0 && frames[i - 1] != SignalReturn;
        return (frames[i] - Base - (wasCalled ? 1UL : 0)).ToString("x", CultureInfo.InvariantCulture);
    }

    private static byte[] Read(string name)
    {
        using var stream = new GZipStream(File.OpenRead(Path.Combine(AppContext.BaseDirectory, "Unwind", name)), CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    private sealed class OneModule(UnwindModule module) : IUnwindModules
    {
        public bool TryFind(ulong address, out UnwindModule found)
        {
            found = module;
            return module.Covers(address);
        }

        public ReadOnlySpan<byte> Load(in UnwindModule code) => s_program;
    }
}
