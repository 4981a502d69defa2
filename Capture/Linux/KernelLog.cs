namespace Diagnose.Capture.Linux;

/// <summary>
/// Writes texts of many lines to the kernel's log, each as few records of whole lines, one behind the other: only what
/// others log at that moment can come between.
/// </summary>
internal sealed class KernelLog(IKernelLogDevice device)
{
    /// <summary>
    /// The kernel (LOG_LINE_MAX, kernel/printk/printk.c) refuses longer records: 1024 bytes less room for one prefix. Who
    /// reads the log by syslog(2) and the consoles get 1024 bytes for a record with a prefix before each line, and lose
    /// the lines that do not fit: so each line is counted with the longest prefix.
    /// </summary>
    internal const int RecordBytes = 1024, PrefixBytes = 48;

    /// <summary>A longer line is cut in its middle: what stands at its ends says what the line is.</summary>
    internal const int LineBytes = 900;

    /// <summary>Of each open file the kernel drops more than 10 records in 5 s, without telling the writer.</summary>
    internal const int RecordsPerOpen = 8;

    private const int EndBytes = 160;

    private readonly byte[] _record = new byte[RecordBytes];
    private int _length;
    private int _lines;
    private int _records;

    /// <summary>Debug: kept and shown like all others, but by default on no console, which may be a slow serial line.</summary>
    private static ReadOnlySpan<byte> Level => "<7>"u8;

    private static ReadOnlySpan<byte> Gap => "..."u8;

    /// <summary>Whether the log can be written: 0, or the errno that says why not.</summary>
    public int TryOpen()
    {
        int errno = device.Open();
        device.Close();
        return errno;
    }

    /// <summary>Writes whole lines. Returns 0, or an errno: then the rest of them is not written.</summary>
    public int Write(ReadOnlySpan<byte> lines)
    {
        int errno = device.Open();
        _records = 0;
        Begin();
        while (errno == 0 && !lines.IsEmpty)
        {
            int end = lines.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? lines : lines[..end];
            lines = lines[Math.Min(line.Length + 1, lines.Length)..];
            if (_lines > 0 && _length + Math.Min(line.Length, LineBytes) + 1 + (_lines + 1) * PrefixBytes > RecordBytes)
                errno = Send();
            if (errno == 0)
                Append(line);
        }

        if (errno == 0 && _lines > 0)
            errno = Send();
        device.Close();
        return errno;
    }

    private int Send()
    {
        // Each open file is limited by itself.
        if (_records == RecordsPerOpen)
        {
            device.Close();
            if (device.Open() is var refused and not 0)
                return refused;
            _records = 0;
        }

        _records++;
        int errno = device.Write(_record.AsSpan(0, _length));
        Begin();
        return errno;
    }

    private void Begin()
    {
        Level.CopyTo(_record);
        _length = Level.Length;
        _lines = 0;
    }

    private void Append(ReadOnlySpan<byte> line)
    {
        if (line.Length > LineBytes)
        {
            int head = LineBytes - Gap.Length - EndBytes, tail = line.Length - EndBytes;
            while (head > 0 && IsInsideCharacter(line[head]))
                head--;
            while (tail < line.Length && IsInsideCharacter(line[tail]))
                tail++;
            Put(line[..head]);
            Put(Gap);
            line = line[tail..];
        }

        Put(line);
        Put("\n"u8);
        _lines++;
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_record.AsSpan(_length));
        _length += bytes.Length;
    }

    private static bool IsInsideCharacter(byte value) => (value & 0xc0) == 0x80;
}
