using System.Text;
using CsCheck;
using Diagnose.Capture.Linux;

namespace Diagnose.Capture.Tests.Linux;

public sealed class KernelLogTests
{
    private readonly PlayedKernelLog _device = new();

    [Fact]
    public void Any_lines_come_out_whole_and_in_order() =>
        Gen.Select(Gen.Int[0, 180], Gen.String["#@ ~0xabc栈"]).Array[0, 300].Sample(lines =>
        {
            string text = string.Concat(lines.Select(line => line.Item2 + new string('栈', line.Item1) + '\n'));
            var device = new PlayedKernelLog();
            Assert.Equal(0, new KernelLog(device).Write(Encoding.UTF8.GetBytes(text)));
            Assert.Equal(text, device.Text);
            Assert.Equal(0, device.Dropped);
            Assert.False(device.IsOpen);
            Assert.All(device.Records, record =>
            {
                Assert.EndsWith("\n", record);
                // What a reader by syslog(2) gets: 1024 bytes with a prefix before each line.
                Assert.True(Encoding.UTF8.GetByteCount(record) + record.Count(c => c == '\n') * 48 <= 1024, record);
            });
        }, iter: 300);

    [Fact]
    public void Short_lines_share_a_record()
    {
        Write("one\ntwo\n");
        Assert.Equal(["one\ntwo\n"], _device.Records);
    }

    [Fact]
    public void A_long_line_keeps_its_ends()
    {
        string name = string.Concat(Enumerable.Repeat("栈", 2000));
        Write($"#~        0x1234 a{name}b ([symbol])\n#~        0x1 c ([symbol])\n");
        string[] lines = _device.Text.Split('\n');
        Assert.Equal(["#~        0x1 c ([symbol])", ""], lines[1..]);
        string line = lines[0];
        Assert.StartsWith("#~        0x1234 a栈栈", line);
        Assert.EndsWith("栈b ([symbol])", line);
        Assert.Contains("栈...栈", line);
        Assert.InRange(Encoding.UTF8.GetByteCount(line), 890, 900);
    }

    [Fact]
    public void A_line_of_bytes_that_are_no_characters_stays_short()
    {
        byte[] line = [.. Enumerable.Repeat((byte)'a', 800), .. Enumerable.Repeat((byte)0x80, 5000), (byte)'\n'];
        int longest = 0;
        var device = new MeasuringDevice(length => longest = Math.Max(longest, length));
        Assert.Equal(0, new KernelLog(device).Write(line));
        Assert.InRange(longest, 1, 976);
    }

    [Fact]
    public void A_refused_open_is_told()
    {
        _device.Refusal = (1, Errno.EPERM);
        Assert.Equal(Errno.EPERM, new KernelLog(_device).TryOpen());
        Assert.Equal(0, new KernelLog(_device).TryOpen());
        Assert.False(_device.IsOpen);
    }

    [Fact]
    public void What_goes_wrong_while_writing_is_told()
    {
        string lines = string.Concat(Enumerable.Repeat(new string('x', 800) + '\n', 20));
        _device.Refusal = (2, Errno.ENFILE);
        Assert.Equal(Errno.ENFILE, new KernelLog(_device).Write(Encoding.UTF8.GetBytes(lines)));
        Assert.Equal(KernelLog.RecordsPerOpen, _device.Records.Count);
        Assert.False(_device.IsOpen);
        _device.WriteErrno = Errno.EINVAL;
        Assert.Equal(Errno.EINVAL, new KernelLog(_device).Write("x\n"u8));
        Assert.False(_device.IsOpen);
    }

    private void Write(string text) => Assert.Equal(0, new KernelLog(_device).Write(Encoding.UTF8.GetBytes(text)));

    private sealed class MeasuringDevice(Action<int> measured) : IKernelLogDevice
    {
        public int Open() => 0;

        public int Write(ReadOnlySpan<byte> record)
        {
            measured(record.Length);
            return 0;
        }

        public void Close()
        {
        }
    }
}
