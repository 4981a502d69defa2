using Diagnose.Capture.Commands;
using Diagnose.Formats.Bytes;
using Diagnose.Formats.Trace;

namespace Diagnose.Capture.Tests.Commands;

public sealed class TraceFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Nothing_reaches_the_file_before_the_recording_begins()
    {
        string path = Path.Combine(_folder, "trace.dtt");
        File.WriteAllText(path, "an earlier recording");
        using (TraceFile file = TraceFile.Open(path, out _)!)
        {
            file.Stream.Write("held "u8);
            Assert.Equal("an earlier recording", File.ReadAllText(path));
            file.Begin();
            file.Stream.Write("passed on"u8);
        }

        Assert.Equal("held passed on", File.ReadAllText(path));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }

    [Fact]
    public void What_is_discarded_is_removed_only_if_it_was_made_here()
    {
        string old = Path.Combine(_folder, "old"), made = Path.Combine(_folder, "made");
        File.WriteAllText(old, "kept");
        TraceFile.Open(old, out _)!.Discard();
        TraceFile.Open(made, out _)!.Discard();
        Assert.Equal("kept", File.ReadAllText(old));
        Assert.False(File.Exists(made));
    }

    [Theory]
    [InlineData("", "folder")]
    [InlineData("missing/trace.dtt", "no such directory")]
    public void A_file_that_cannot_be_is_refused_with_the_reason(string name, string reason)
    {
        Assert.Null(TraceFile.Open(Path.Combine(_folder, name), out string? error));
        Assert.Contains(reason, error, StringComparison.Ordinal);
        Assert.Contains(_folder, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(5_000)]
    [InlineData(60_000)]
    public void When_the_space_ends_all_whole_blocks_stay(int room)
    {
        string path = Path.Combine(_folder, "trace.dtt");
        using TraceFile file = TraceFile.Open(path, out _)!;
        file.Begin();
        // The file system is played: it takes what fits of a block and then refuses.
        using var writer = new TraceWriter(new Narrow(file.Stream, FileHeader.Size + room));
        int stack = writer.Definitions.Stack(new StackRow(0, 0, StackFlags.None));
        Assert.Throws<IOException>(() => WriteForEver(writer, stack));
        file.Keep(writer.BytesWritten);
        byte[] bytes = File.ReadAllBytes(path);
        Assert.Equal(writer.BytesWritten, bytes.Length);
        Assert.True(TraceReader.TryOpen(new FileInMemory(bytes), out TraceReader reader, out _));
        Assert.Empty(reader.Damage);
        Assert.Equal(writer.HitsWritten, (ulong)reader.HitBlocks.Sum(block => (long)block.Header.Items));
        Assert.Equal(room > 10_000, writer.HitsWritten > 0);
    }

    private static void WriteForEver(TraceWriter writer, int stack)
    {
        for (ulong time = 1; ; writer.Flush())
        {
            // Times of no pattern, so that they stay long.
            for (int i = 0; i < 1000; i++)
                writer.AddHit(time = time * 6364136223846793005 + 1 & 0xffffffffffff, 0, 1, 1, stack);
        }
    }

    private sealed class Narrow(Stream target, int room) : MemoryStream
    {
        private int _left = room;

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            int fits = Math.Min(_left, buffer.Length);
            target.Write(buffer[..fits]);
            _left -= fits;
            if (fits < buffer.Length)
                throw new IOException("No space left on device", 28);
        }
    }
}
