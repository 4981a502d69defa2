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

    /// <summary>Appends the table's section to a block and forgets the rows.</summary>
    public void Encode(IBufferWriter<byte> output, ArrayBufferWriter<byte> section)
    {
        if (_rows == 0)
            return;
        section.ResetWrittenCount();
        Varint.Write(section, (ulong)_firstId);
        Varint.Write(section, (ulong)_rows);
        Varint.Write(section, (ulong)(_codecs.Length + (_bytes is null ? 0 : 1)));
        for (int column = 0; column < _codecs.Length; column++)
        {
            EncodeColumn(column);
            WriteColumn(section, _codecs[column], _column.WrittenSpan);
        }

        if (_bytes is not null)
        {
            WriteColumn(section, ColumnCodec.Bytes, _bytes.WrittenSpan);
            _bytes.ResetWrittenCount();
        }

        Varint.Write(output, (ulong)id);
        Varint.Write(output, (ulong)section.WrittenCount);
        output.Write(section.WrittenSpan);
        _firstId += _rows;
        _rows = 0;
    }

    private void EncodeColumn(int column)
    {
        _column.ResetWrittenCount();
        ulong before = 0;
        for (int row = 0; row < _rows; row++)
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
