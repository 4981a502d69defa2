using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Diagnose.Formats.PerfEvents;

namespace Diagnose.Capture.Linux;

/// <summary>
/// The ring in which the kernel leaves records (<c>struct perf_event_mmap_page</c> and 2^n pages of data). The reader
/// looks at the next record, steps over it when done with it, and now and then tells the kernel how far it came. The
/// kernel never overwrites what was not published, so a record may be looked at for as long as wished.
/// </summary>
public sealed unsafe class RingBuffer : IDisposable
{
    private const int HeadOffset = 1024, TailOffset = 1032;
    private readonly byte* control;
    private readonly byte* data;
    private readonly nuint mapped;
    private readonly ulong mask;
    private readonly byte[] scratch = new byte[ushort.MaxValue];
    private ulong head, position, published;
    private int peeked;
    private bool closed;

    // The ring lies in it, and it must last as long.
    private byte[]? Memory { get; init; }

    private RingBuffer(byte* control, nuint mapped, int capacity)
    {
        this.control = control;
        this.mapped = mapped;
        Capacity = capacity;
        data = control + Environment.SystemPageSize;
        mask = (ulong)capacity - 1;
        position = published = Volatile.Read(ref *(ulong*)(control + TailOffset));
    }

    /// <summary>Bytes of record data the ring holds.</summary>
    public int Capacity { get; }

    /// <summary>Bytes waiting, as far as the kernel had come at this moment.</summary>
    public long Fill => (long)(Volatile.Read(ref *(ulong*)(control + HeadOffset)) - position);

    /// <summary>Why the ring can no longer be read, or null. It is not expected ever to happen.</summary>
    public string? Error { get; private set; }

    /// <summary>
    /// Maps a ring of 2^<paramref name="pagesLog2"/> pages onto an event. On failure <paramref name="ring"/> is null
    /// and <paramref name="errno"/> says why: EPERM means more memory than kernel.perf_event_mlock_kb and
    /// RLIMIT_MEMLOCK let this user lock.
    /// </summary>
    public static bool TryMap(PerfEvent perfEvent, int pagesLog2, out RingBuffer? ring, out int errno)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(pagesLog2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(pagesLog2, 18);
        var page = Environment.SystemPageSize;
        var capacity = page << pagesLog2;
        var bytes = (nuint)(page + (long)capacity);
        var address = Libc.Mmap(null, bytes, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_SHARED, perfEvent.Fd, 0);
        var failed = address == Libc.MAP_FAILED;
        errno = failed ? Errno.Last : 0;
        ring = failed ? null : new RingBuffer((byte*)address, bytes, capacity);
        return !failed;
    }

    /// <summary>The least power of two of pages that holds <paramref name="bytes"/>.</summary>
    public static int PagesLog2For(long bytes)
    {
        var log2 = 0;
        while (log2 < 18 && (long)Environment.SystemPageSize << log2 < bytes) log2++;
        return log2;
    }

    /// <summary>
    /// Shows the next record, header included, without taking it: the same again until <see cref="Advance"/>. The span
    /// lies in the ring, or in a buffer used again for a record that wraps around its end; it is valid until the next
    /// <see cref="TryPeek"/> or <see cref="Publish"/>. False when no record waits, or when <see cref="Error"/> is set.
    /// </summary>
    public bool TryPeek(out ReadOnlySpan<byte> record)
    {
        record = default;
        peeked = 0;
        if (closed || Error is not null) return false;
        if (position == head)
        {
            // Read with acquire: the records' bytes are read after the head that covers them.
            head = Volatile.Read(ref *(ulong*)(control + HeadOffset));
            if (position == head) return false;
        }

        var waiting = head - position;
        if (waiting > (ulong)Capacity || waiting < RecordReader.HeaderSize)
            return Fail($"{waiting} bytes wait in a ring of {Capacity}");

        // Records are multiples of eight bytes, so that a header never wraps; a broken one might.
        var start = (int)(position & mask);
        if (Capacity - start < RecordReader.HeaderSize) return Fail("a record starts off its eight-byte boundary");
        var size = RecordReader.SizeOf(new ReadOnlySpan<byte>(data + start, RecordReader.HeaderSize));
        if (size < RecordReader.HeaderSize) return Fail($"a record of {size} bytes");
        if ((ulong)size > waiting) return Fail($"a record of {size} bytes where {waiting} wait");

        peeked = size;
        if (start + size <= Capacity)
        {
            record = new ReadOnlySpan<byte>(data + start, size);
            return true;
        }

        var first = Capacity - start;
        new ReadOnlySpan<byte>(data + start, first).CopyTo(scratch);
        new ReadOnlySpan<byte>(data, size - first).CopyTo(scratch.AsSpan(first));
        record = scratch.AsSpan(0, size);
        return true;
    }

    /// <summary>Steps over the record last shown. Does nothing when none was.</summary>
    public void Advance()
    {
        position += (ulong)peeked;
        peeked = 0;
    }

    /// <summary>Gives the room of all records stepped over back to the kernel.</summary>
    public void Publish()
    {
        if (closed || published == position) return;
        // Write with release: the kernel may overwrite the bytes only after they were read.
        Volatile.Write(ref *(ulong*)(control + TailOffset), position);
        published = position;
    }

    /// <summary>Unmaps the ring. Spans shown before must no longer be touched.</summary>
    public void Dispose()
    {
        if (closed) return;
        closed = true;
        if (mapped != 0) _ = Libc.Munmap(control, mapped);
    }

    private bool Fail(string reason)
    {
        Error = $"ring buffer at position {position}: {reason}";
        return false;
    }

    /// <summary>A ring over plain memory that does not move, laid out as the kernel's, so that tests can play the kernel.</summary>
    internal static RingBuffer Over(byte[] pageAndData) =>
        new((byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pageAndData)), 0,
            pageAndData.Length - Environment.SystemPageSize) { Memory = pageAndData };
}
