using System.Globalization;

namespace Diagnose.Analyze.Output;

/// <summary>A column of a <see cref="TextTable"/>.</summary>
/// <param name="IsNumber">Stands at the right and is never cut.</param>
internal readonly record struct TextColumn(string Title, bool IsNumber = false);

/// <summary>What stands in one place of a <see cref="TextTable"/>.</summary>
internal readonly record struct TextCell(string Text, Colour Colour = Colour.Default)
{
    public static TextCell Of(long number) => new(number.ToString(CultureInfo.InvariantCulture));

    /// <summary>Percent of a whole, to a tenth.</summary>
    public static string Share(long part, long whole) =>
        (whole == 0 ? 0 : 100.0 * part / whole).ToString("0.0", CultureInfo.InvariantCulture);
}

/// <summary>
/// Columns of text below their titles, one row on one line. Where a line would be longer than a terminal is wide the columns of
/// text are cut, the widest first.
/// </summary>
internal sealed class TextTable(params TextColumn[] columns)
{
    private const int Gap = 2;

    /// <summary>A column of text is cut to no less.</summary>
    private const int LeastWidth = 8;

    private readonly List<TextCell[]> _rows = [];

    public void Add(params TextCell[] cells) => _rows.Add(cells);

    public void Write(Terminal terminal)
    {
        int[] widths = Widths(terminal.Width);
        Write(terminal, [.. columns.Select(column => new TextCell(column.Title, Colour.Grey))], widths);
        foreach (TextCell[] row in _rows)
            Write(terminal, row, widths);
    }

    private int[] Widths(int room)
    {
        int[] widths = [.. columns.Select(column => TextWidth.Of(column.Title))];
        foreach (TextCell[] row in _rows)
        {
            for (int i = 0; i < widths.Length; i++)
                widths[i] = Math.Max(widths[i], TextWidth.Of(row[i].Text));
        }

        long excess = widths.Sum(width => (long)width + Gap) - Gap - room;
        while (excess > 0)
        {
            int widest = -1;
            for (int i = 0; i < widths.Length; i++)
            {
                if (!columns[i].IsNumber && widths[i] > LeastWidth && (widest < 0 || widths[i] > widths[widest]))
                    widest = i;
            }

            if (widest < 0)
                break;
            // Down to the next one, so that equally wide ones are cut alike.
            int next = Enumerable.Range(0, widths.Length).Where(i => i != widest && !columns[i].IsNumber).Select(i => widths[i]).Append(LeastWidth).Max();
            int less = (int)Math.Min(excess, Math.Max(1, widths[widest] - Math.Max(next, LeastWidth)));
            widths[widest] -= less;
            excess -= less;
        }

        return widths;
    }

    private void Write(Terminal terminal, TextCell[] cells, int[] widths)
    {
        int blanks = 0;
        for (int i = 0; i < cells.Length; i++)
        {
            string text = TextWidth.Cut(cells[i].Text, widths[i], out int width);
            int before = columns[i].IsNumber ? widths[i] - width : 0;
            // Blanks only in front of something: none at the end of a line.
            if (text.Length > 0)
            {
                terminal.Write(new string(' ', blanks + before));
                terminal.Write(text, cells[i].Colour);
                blanks = 0;
            }

            blanks += Gap + (text.Length == 0 ? widths[i] : widths[i] - width - before);
        }

        terminal.EndLine();
    }
}
