using System.Buffers.Binary;
using CsCheck;
using Diagnose.Capture.Linux;

namespace Diagnose.Capture.Tests.Linux;

/// <summary>A ring over plain memory, with the test in the part of the kernel.</summary>
public sealed class RingBufferTests
{
    private const int Capacity = 4096;
    private readonly byte[] memory = GC.AllocateArray<byte>(Environment.SystemPageSize + Capacity, pinned: true);
    private ulong head;

    [Fact]
    public void A_record_is_shown_until_it_is_stepped_over_and_room_is_given_back_when_published()
    {
        Write(16, 1);
        Write(24, 2);
        var ring = RingBuffer.Over(memory);
        Assert.Equal(40, ring.Fill);
        Assert.True(ring.TryPeek(out var record));
        Assert.Equal(16, record.Length);
        Assert.True(ring.TryPeek(out record));
        Assert.Equal((16, 1), (record.Length, record[8]));
        ring.Advance();
        ring.Advance();
        Assert.True(ring.TryPeek(out record));
        Assert.Equal((24, 2), (record.Length, record[8]));
        Assert.Equal(0UL, Tail);
        ring.Publish();
        Assert.Equal(16UL, Tail);
        ring.Advance();
        Assert.False(ring.TryPeek(out _));
        ring.Publish();
        Assert.Equal((40UL, 0L), (Tail, ring.Fill));
        Assert.Null(ring.Error);
    }

    [Fact]
    public void Records_that_wrap_are_shown_whole() =>
        Gen.Int[1, 60].Select(words => 8 * (words + 1)).Array[1, 400].Sample(sizes =>
        {
            memory.AsSpan().Clear();
            head = 0;
            var ring = RingBuffer.Over(memory);
            for (var i = 0; i < sizes.Length; i++)
            {
                Write(sizes[i], (byte)i);
                if (!ring.TryPeek(out var record) || record.Length != sizes[i] || record[8..].ContainsAnyExcept((byte)i)) return false;
                ring.Advance();
                ring.Publish();
            }

            return Tail == head && ring.Error is null;
        }, threads: 1);

    [Theory]
    [InlineData(0, "a record of 0 bytes")]
    [InlineData(7, "a record of 7 bytes")]
    [InlineData(48, "a record of 48 bytes where 40 wait")]
    public void A_size_that_cannot_be_true_is_an_error_and_the_ring_stays_closed(ushort size, string reason)
    {
        Write(16, 1);
        Write(24, 2);
        BinaryPrimitives.WriteUInt16LittleEndian(memory.AsSpan(Environment.SystemPageSize + 6), size);
        var ring = RingBuffer.Over(memory);
        Assert.False(ring.TryPeek(out _));
        Assert.Contains(reason, ring.Error, StringComparison.Ordinal);
        Assert.False(ring.TryPeek(out _));
    }

    [Theory]
    [InlineData(Capacity + 8)]
    [InlineData(4)]
    public void A_head_that_cannot_be_true_is_an_error(ulong lie)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(memory.AsSpan(1024), lie);
        var ring = RingBuffer.Over(memory);
        Assert.False(ring.TryPeek(out _));
        Assert.Contains("wait in a ring", ring.Error, StringComparison.Ordinal);
    }

    private ulong Tail => BinaryPrimitives.ReadUInt64LittleEndian(memory.AsSpan(1032));

    private void Write(int size, byte fill)
    {
        Span<byte> record = new byte[size];
        record.Fill(fill);
        BinaryPrimitives.WriteUInt32LittleEndian(record, 9);
        BinaryPrimitives.WriteUInt16LittleEndian(record[4..], 0);
        BinaryPrimitives.WriteUInt16LittleEndian(record[6..], (ushort)size);
        foreach (var b in record) memory[Environment.SystemPageSize + (int)(head++ % Capacity)] = b;
        BinaryPrimitives.WriteUInt64LittleEndian(memory.AsSpan(1024), head);
    }
}
