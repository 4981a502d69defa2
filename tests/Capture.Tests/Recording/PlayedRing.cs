using System.Buffers.Binary;
using Diagnose.Capture.Linux;

namespace Diagnose.Capture.Tests.Recording;

/// <summary>A ring over plain memory, with the test in the part of the kernel.</summary>
internal sealed class PlayedRing
{
    private readonly byte[] _memory;
    private ulong _head;

    public PlayedRing(int capacity)
    {
        _memory = GC.AllocateArray<byte>(Environment.SystemPageSize + capacity, pinned: true);
        Buffer = RingBuffer.Over(_memory);
    }

    public RingBuffer Buffer { get; }

    /// <summary>Whether the reader gave all room back.</summary>
    public bool IsEmpty => BinaryPrimitives.ReadUInt64LittleEndian(_memory.AsSpan(1032)) == _head;

    /// <summary>How many records of the size of this one wait.</summary>
    public long Waiting(byte[] record) => Buffer.Fill / record.Length;

    public void Write(byte[] record)
    {
        record.CopyTo(_memory, Environment.SystemPageSize + (int)_head);
        _head += (ulong)record.Length;
        BinaryPrimitives.WriteUInt64LittleEndian(_memory.AsSpan(1024), _head);
    }
}
