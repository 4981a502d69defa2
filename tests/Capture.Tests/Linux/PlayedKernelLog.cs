using System.Text;
using Diagnose.Capture.Linux;

namespace Diagnose.Capture.Tests.Linux;

/// <summary>
/// A kernel log with the kernel's own rules: long records are refused, and of one open file all records but the first ten
/// go without a word (the time never passes).
/// </summary>
internal sealed class PlayedKernelLog : IKernelLogDevice
{
    private int _written;

    public List<string> Records { get; } = [];

    public int Opened { get; private set; }

    public int Dropped { get; private set; }

    public bool IsOpen { get; private set; }

    /// <summary>Answer to the open with this number, from 1; 0 where all go well.</summary>
    public (int Open, int Errno) Refusal { get; set; }

    /// <summary>Answers to writes.</summary>
    public int WriteErrno { get; set; }

    /// <summary>All that a reader finds, without the prefixes.</summary>
    public string Text => string.Concat(Records);

    public int Open()
    {
        Assert.False(IsOpen);
        if (++Opened == Refusal.Open)
            return Refusal.Errno;
        IsOpen = true;
        _written = 0;
        return 0;
    }

    public int Write(ReadOnlySpan<byte> record)
    {
        Assert.True(IsOpen);
        if (WriteErrno != 0)
            return WriteErrno;
        if (record.Length > 976)
            return Errno.EINVAL;
        if (++_written > 10)
        {
            Dropped++;
            return 0;
        }

        // Cut characters would not decode.
        string text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(record);
        Assert.StartsWith("<7>", text);
        Records.Add(text[3..]);
        return 0;
    }

    public void Close() => IsOpen = false;
}
