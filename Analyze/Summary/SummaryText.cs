using System.Globalization;
using Diagnose.Analyze.Output;

namespace Diagnose.Analyze.Summary;

/// <summary>A summary as tables, each of which adds up to all hits.</summary>
/// <param name="most">Rows of each table; what is left is one row more.</param>
internal sealed class SummaryText(HitSummary summary, int most)
{
    public void Write(Terminal output, IEnumerable<SummaryBy> tables)
    {
        output.Line(string.Create(CultureInfo.InvariantCulture, $"hits  {summary.Hits}{(summary.Hits == summary.All ? "" : $" of {summary.All}")}"));
        if (summary.Losses.Lost > 0 || summary.Losses.Dropped > 0)
            output.Line(string.Create(CultureInfo.InvariantCulture, $"lost  {summary.Losses.Lost} while recording, {summary.Losses.Dropped} dropped: the spool was full"));
        foreach (SummaryBy by in tables)
        {
            output.EndLine();
            Table(by).Write(output);
        }
    }

    private TextTable Table(SummaryBy by)
    {
        string title = by.ToString().ToLowerInvariant();
        bool hasId = by is SummaryBy.Process or SummaryBy.Thread;
        TextColumn hits = new("hits", IsNumber: true), share = new("%", IsNumber: true);
        TextTable table = hasId ? new(hits, share, new(by == SummaryBy.Process ? "pid" : "tid", IsNumber: true), new(title)) : new(hits, share, new(title));
        IReadOnlyList<SummaryRow> rows = summary.Rows(by, most, out (int Rows, long Hits) left);
        foreach (SummaryRow row in rows)
            Add(row.Hits, row.Id, row.Name);
        if (left.Rows > 0)
            Add(left.Hits, "", string.Create(CultureInfo.InvariantCulture, $"({left.Rows} more)"));
        return table;

        void Add(long hits, string id, string name)
        {
            TextCell count = TextCell.Of(hits), part = new(TextCell.Share(hits, summary.Hits));
            if (hasId)
                table.Add(count, part, new(id), new(name));
            else
                table.Add(count, part, new(name));
        }
    }
}
