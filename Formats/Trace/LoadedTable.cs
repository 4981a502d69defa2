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
        (uint)id < (uint)Math.Min(Count, _strings.Length) ? _bytes.AsSpan(_strings[id].Start, _strings[id].Length) : default;

    /// <summary>Rows that damaged blocks took away.</summary>
    internal int Missing { get; private set; }

    /// <summary>The most rows that were missing before a section that was refused in the end: memory was taken for them.</summary>
    internal int Refused { get; private set; }

    /// <summary>
    /// Adds the rows of one section, all or none. Rows already there (an echo) are skipped; rows that fill a hole are
    /// taken in.
    /// </summary>
    /// <param name="mayMiss">How many more rows may be missing.</param>
    internal bool TryAdd(ReadOnlySpan<byte> section, int mayMiss, out string? error)
    {
        error = $"section of table {Id} is cut short";
        if (!Varint.TryReadInt32(ref section, TraceLimits.Rows, out int first)
            || !Varint.TryReadInt32(ref section, TraceLimits.Rows, out int rows)
            || !Varint.TryReadInt32(ref section, 64, out int columns))
            return false;
        error = $"rows {first} to {(long)first + rows - 1} of table {Id} are out of range";
        // Each row takes at least one byte in its first column, so a short section cannot claim many rows.
        if (first < 1 || rows > section.Length || (long)first + rows > TraceLimits.Rows
            || (first > Count && (first - Count > mayMiss || _holes.Count >= TraceLimits.Holes)))
            return false;
        error = null;
        if (rows == 0)
            return true;
        int hole = first >= Count ? -1 : _holes.FindIndex(h => first >= h.From && first + rows <= h.To);
        if (first < Count && hole < 0)
        {
            if (first + rows <= Count)
                return true;
            error = $"rows {first} to {first + rows - 1} of table {Id} are there in part already";
            return false;
        }

        if (!TryAddColumns(section, columns, first, rows, out error))
        {
            foreach (ulong[] column in _columns)
            {
                if (column.Length > first)
                    column.AsSpan(first, Math.Min(rows, column.Length - first)).Clear();
            }

            if (_strings.Length > first)
                _strings.AsSpan(first, Math.Min(rows, _strings.Length - first)).Clear();

            Refused = Math.Max(Refused, first - Count);
            return false;
        }

        Claim(hole, first, rows);
        return true;
    }

    /// <summary>Counts the rows in: at the end, or in a hole, which they may cut in two.</summary>
    private void Claim(int hole, int first, int rows)
    {
        Defined += rows;
        if (hole < 0)
        {
            if (first > Count)
            {
                _holes.Add((Count, first));
                Missing += first - Count;
            }

            Count = first + rows;
            return;
        }

        (int from, int to) = _holes[hole];
        _holes.RemoveAt(hole);
        if (first > from)
            _holes.Add((from, first));
        if (first + rows < to)
            _holes.Add((first + rows, to));
        Missing -= rows;
    }

    private bool TryAddColumns(ReadOnlySpan<byte> section, int columns, int first, int rows, out string? error)
    {
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
            // Columns of a later version stand behind those that are known.
            bool good = c < _columns.Length ? codec <= ColumnCodec.Back && TryAddColumn(c, codec, data, first, rows)
                : Id != TableId.Strings || c > 1 || (codec == ColumnCodec.Bytes && TryAddBytes(data, first, rows));
            if (!good)
                return false;
        }

        error = $"table {Id} has {columns} columns";
        int needed = TableSchema.Required(Id) + (Id == TableId.Strings ? 1 : 0);
        if (columns < needed || !section.IsEmpty)
            return false;
        error = null;
        return true;
    }

    private bool TryAddColumn(int column, ColumnCodec codec, ReadOnlySpan<byte> data, int first, int rows)
    {
        // A value takes at least one byte: nothing is allocated for rows that are not there.
        if (data.Length < rows)
            return false;
        if (_columns[column].Length < first + rows)
            Array.Resize(ref _columns[column], Math.Max(first + rows, Math.Min(_columns[column].Length * 2, TraceLimits.Rows)));
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

        return data.IsEmpty;
    }

    private bool TryAddBytes(ReadOnlySpan<byte> data, int first, int rows)
    {
        ReadOnlySpan<ulong> lengths = _columns[0].AsSpan(first, rows);
        long total = 0;
        foreach (ulong length in lengths)
            total += (long)Math.Min(length, int.MaxValue);
        if (total != data.Length || (long)_bytesUsed + data.Length > int.MaxValue / 2)
            return false;

        if (_strings.Length < first + rows)
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
