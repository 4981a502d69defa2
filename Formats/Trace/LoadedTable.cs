namespace Diagnose.Formats.Trace;

/// <summary>
/// The rows of one table as read from a trace, by id, in columns. Rows that a damaged block took away read as zero and
/// <see cref="IsDefined"/> is false for them.
/// </summary>
public sealed class LoadedTable
{
    private readonly ulong[][] _columns;
    private readonly List<(int From, int To)> _holes = [];
    private byte[] _bytes = [];
    private int _bytesUsed;
    private (int Start, int Length)[] _strings = [];
    private int _missing;

    internal LoadedTable(TableId id)
    {
        Id = id;
        _columns = new ulong[TableSchema.Columns(id).Length][];
        Array.Fill(_columns, []);
    }

    public TableId Id { get; }

    /// <summary>One more than the highest id; row 0 stands for "none".</summary>
    public int Count { get; private set; } = 1;

    /// <summary>Rows that are there.</summary>
    public int Defined { get; private set; }

    /// <summary>One value; 0 for an id that the file does not define.</summary>
    public ulong this[int id, int column] => (uint)id < (uint)Count && _columns[column].Length > id ? _columns[column][id] : 0;

    /// <summary>A value that refers to a row of another table; 0 when it cannot be an id at all.</summary>
    public int Reference(int id, int column)
    {
        ulong value = this[id, column];
        return value < TraceLimits.Rows ? (int)value : 0;
    }

    public bool IsDefined(int id)
    {
        if (id <= 0 || id >= Count)
            return false;
        foreach ((int from, int to) in _holes)
        {
            if (id >= from && id < to)
                return false;
        }

        return true;
    }

    /// <summary>The bytes of a row of <see cref="TableId.Strings"/>.</summary>
    public ReadOnlySpan<byte> Bytes(int id) =>
        (uint)id < (uint)_strings.Length ? _bytes.AsSpan(_strings[id].Start, _strings[id].Length) : default;

    /// <summary>
    /// Adds the rows of one section. Rows already there (an echo) are skipped; rows that fill a hole are taken in.
    /// </summary>
    internal bool TryAdd(ReadOnlySpan<byte> section, out string? error)
    {
        error = "section cut short";
        if (!Varint.TryReadInt32(ref section, TraceLimits.Rows, out int first)
            || !Varint.TryReadInt32(ref section, TraceLimits.Rows, out int rows)
            || !Varint.TryReadInt32(ref section, 64, out int columns))
            return false;
        error = $"rows {first} to {(long)first + rows - 1} of table {Id} are out of range";
        // Each row takes at least one byte in its first column, so a short section cannot claim many rows.
        if (first < 1 || rows > section.Length || (long)first + rows > TraceLimits.Rows
            || (first > Count && (first - Count > TraceLimits.MissingRows - _missing || _holes.Count >= TraceLimits.Holes)))
            return false;

        if (rows == 0 || !Claim(first, rows))
        {
            error = null;
            return true;
        }

        for (int c = 0; c < columns; c++)
        {
            error = $"column {c} of table {Id} is malformed";
            if (section.IsEmpty)
                return false;
            var codec = (ColumnCodec)section[0];
            section = section[1..];
            if (!Varint.TryReadInt32(ref section, section.Length, out int length) || length > section.Length)
                return false;
            ReadOnlySpan<byte> data = section[..length];
            section = section[length..];
            bool good = codec == ColumnCodec.Bytes ? TryAddBytes(data, first, rows)
                : c >= _columns.Length || TryAddColumn(c, codec, data, first, rows);
            if (!good)
                return false;
        }

        error = null;
        return true;
    }

    /// <summary>Makes room for the rows; false when they are all there already.</summary>
    private bool Claim(int first, int rows)
    {
        if (first >= Count)
        {
            if (first > Count)
            {
                _holes.Add((Count, first));
                _missing += first - Count;
            }

            Count = first + rows;
            Defined += rows;
            return true;
        }

        // Blocks are written whole and echoed whole, so a block either fills a hole exactly or was read before.
        for (int i = 0; i < _holes.Count; i++)
        {
            (int from, int to) = _holes[i];
            if (first < from || first + rows > to)
                continue;
            _holes.RemoveAt(i);
            if (first > from)
                _holes.Add((from, first));
            if (first + rows < to)
                _holes.Add((first + rows, to));
            _missing -= rows;
            Defined += rows;
            return true;
        }

        return false;
    }

    private bool TryAddColumn(int column, ColumnCodec codec, ReadOnlySpan<byte> data, int first, int rows)
    {
        if (_columns[column].Length < Count)
            Array.Resize(ref _columns[column], Math.Max(Count, Math.Min(_columns[column].Length * 2, TraceLimits.Rows)));
        Span<ulong> values = _columns[column].AsSpan(first, rows);
        ulong before = 0;
        for (int i = 0; i < values.Length; i++)
        {
            if (!Varint.TryRead(ref data, out ulong value))
                return false;
            value = codec switch
            {
                ColumnCodec.Delta => before + (ulong)Varint.UnZigZag(value),
                ColumnCodec.Back => (ulong)(first + i) - value,
                _ => value,
            };
            values[i] = before = value;
        }

        return true;
    }

    private bool TryAddBytes(ReadOnlySpan<byte> data, int first, int rows)
    {
        if (Id != TableId.Strings)
            return true;
        ReadOnlySpan<ulong> lengths = _columns[0].AsSpan(first, rows);
        long total = 0;
        foreach (ulong length in lengths)
            total += (long)Math.Min(length, int.MaxValue);
        if (total != data.Length || (long)_bytesUsed + data.Length > int.MaxValue / 2)
            return false;

        if (_strings.Length < Count)
            Array.Resize(ref _strings, _columns[0].Length);
        if (_bytesUsed + data.Length > _bytes.Length)
            Array.Resize(ref _bytes, Math.Max(_bytesUsed + data.Length, _bytes.Length * 2));
        data.CopyTo(_bytes.AsSpan(_bytesUsed));
        for (int i = 0; i < rows; i++)
        {
            _strings[first + i] = (_bytesUsed, (int)lengths[i]);
            _bytesUsed += (int)lengths[i];
        }

        return true;
    }
}
