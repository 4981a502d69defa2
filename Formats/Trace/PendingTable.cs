using System.Buffers;

namespace Diagnose.Formats.Trace;

/// <summary>Rows of one table that wait to be written.</summary>
internal sealed class PendingTable(TableId id)
{
    private readonly ColumnCodec[] _codecs = TableSchema.Columns(id).ToArray();
    private readonly ArrayBufferWriter<byte> _column = new();
    private ulong[] _values = [];
    private ArrayBufferWriter<byte>? _bytes;
    private int _rows;
    private int _firstId = 1;

    public int Rows => _rows;

    public int NextId => _firstId + _rows;

    /// <summary>Adds a row and returns its id.</summary>
    public int Add(params ReadOnlySpan<ulong> row)
    {
        int at = _rows * _codecs.Length;
        if (at + row.Length > _values.Length)
            Array.Resize(ref _values, Math.Max(64, _values.Length * 2));
        row.CopyTo(_values.AsSpan(at));
        return _firstId + _rows++;
    }

    /// <summary>Adds a row whose first column is the length of <paramref name="bytes"/>.</summary>
    public int AddBytes(ReadOnlySpan<byte> bytes)
    {
        (_bytes ??= new ArrayBufferWriter<byte>()).Write(bytes);
        return Add((ulong)bytes.Length);
    }

    /// <summary>
    /// Appends a section with the table's rows to a block and forgets them; those that <paramref name="room"/> bytes may
    /// not hold stay. Returns how many it took, at least one if there is any room.
    /// </summary>
    public int Encode(IBufferWriter<byte> output, ArrayBufferWriter<byte> section, int room)
    {
        if (_rows == 0 || room <= 0)
            return 0;
        int rows = RowsFor(room, out int bytes);
        section.ResetWrittenCount();
        Varint.Write(section, (ulong)_firstId);
        Varint.Write(section, (ulong)rows);
        Varint.Write(section, (ulong)(_codecs.Length + (_bytes is null ? 0 : 1)));
        for (int column = 0; column < _codecs.Length; column++)
        {
            EncodeColumn(column, rows);
            WriteColumn(section, _codecs[column], _column.WrittenSpan);
        }

        if (_bytes is not null)
        {
            WriteColumn(section, ColumnCodec.Bytes, _bytes.WrittenSpan[..bytes]);
            ReadOnlySpan<byte> rest = _bytes.WrittenSpan[bytes..];
            var kept = rest.IsEmpty ? null : rest.ToArray();
            _bytes.ResetWrittenCount();
            _bytes.Write(kept);
        }

        Varint.Write(output, (ulong)id);
        Varint.Write(output, (ulong)section.WrittenCount);
        output.Write(section.WrittenSpan);
        _values.AsSpan(rows * _codecs.Length, (_rows - rows) * _codecs.Length).CopyTo(_values);
        _firstId += rows;
        _rows -= rows;
        return rows;
    }

    private int RowsFor(int room, out int bytes)
    {
        bytes = 0;
        int perRow = Varint.MaxBytes * _codecs.Length;
        for (int row = 0; row < _rows; row++)
        {
            int length = _bytes is null ? 0 : (int)_values[row * _codecs.Length];
            room -= perRow + length;
            if (room < 0 && row > 0)
                return row;
            bytes += length;
        }

        return _rows;
    }

    private void EncodeColumn(int column, int rows)
    {
        _column.ResetWrittenCount();
        ulong before = 0;
        for (int row = 0; row < rows; row++)
        {
            ulong value = _values[row * _codecs.Length + column];
            Varint.Write(_column, _codecs[column] switch
            {
                ColumnCodec.Delta => Varint.ZigZag((long)(value - before)),
                ColumnCodec.Back => (ulong)(_firstId + row) - value,
                _ => value,
            });
            before = value;
        }
    }

    private static void WriteColumn(ArrayBufferWriter<byte> section, ColumnCodec codec, ReadOnlySpan<byte> data)
    {
        section.GetSpan(1)[0] = (byte)codec;
        section.Advance(1);
        Varint.Write(section, (ulong)data.Length);
        section.Write(data);
    }
}
