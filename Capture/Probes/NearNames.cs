namespace Diagnose.Capture.Probes;

/// <summary>Finds the names a person may have meant.</summary>
internal static class NearNames
{
    private const int Most = 3;

    /// <summary>Up to three names, nearest first: at most a third of the letters differ.</summary>
    public static IReadOnlyList<string> To(string name, IEnumerable<string> names)
    {
        var limit = Math.Max(1, name.Length / 3);
        var found = new SortedSet<(int Distance, string Name)>();
        foreach (var candidate in names)
        {
            if (Math.Abs(candidate.Length - name.Length) > limit) continue;
            var distance = Distance(name, candidate, limit);
            if (distance > limit) continue;
            found.Add((distance, candidate));
            if (found.Count <= Most) continue;
            found.Remove(found.Max);
            limit = found.Max.Distance;
        }

        return [.. found.Select(f => f.Name)];
    }

    /// <summary>Letters to insert, delete or replace to get from one to the other, or more than <paramref name="limit"/>.</summary>
    internal static int Distance(string a, string b, int limit)
    {
        if (b.Length > 255) return limit + 1;
        Span<int> row = stackalloc int[b.Length + 1];
        for (var j = 0; j < row.Length; j++) row[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            var least = row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(above, row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
                least = Math.Min(least, row[j]);
            }

            if (least > limit) return limit + 1;
        }

        return row[b.Length];
    }
}
