using Diagnose.Formats.Unwind;

namespace Diagnose.Formats.Tests.Unwind;

public class RowCacheTests
{
    [Fact]
    public void Rows_go_by_module_and_address()
    {
        var cache = new RowCache(64);
        cache.Add(1, 0x1000, Row(1));
        cache.Add(2, 0x1000, Row(2));
        Assert.Equal((1, 2, 0, 0), (Find(cache, 1, 0x1000), Find(cache, 2, 0x1000), Find(cache, 3, 0x1000), Find(cache, 1, 0x1001)));
        Assert.Equal(64, cache.Count);
        Assert.Equal(64, new RowCache(33).Count);
        Assert.Equal(4, new RowCache(0).Count);
    }

    [Fact]
    public void The_older_row_of_a_pair_makes_room()
    {
        // Two pairs: of many rows exactly the last two of each pair are left.
        var cache = new RowCache(4);
        for (int i = 1; i <= 100; i++)
            cache.Add(1, (ulong)i * 16, Row(i));
        int[] left = [.. Enumerable.Range(1, 100).Where(i => Find(cache, 1, (ulong)i * 16) != 0)];
        Assert.Equal(4, left.Length);
        Assert.All(left, i => Assert.Equal(i, Find(cache, 1, (ulong)i * 16)));
        Assert.Contains(100, left);
        Assert.Contains(99, left);
    }

    /// <summary>A table's number may be any; that of no module is found nowhere, also where nothing was added.</summary>
    [Fact]
    public void An_empty_place_is_no_row()
    {
        var cache = new RowCache(4);
        Assert.False(cache.TryFind(1, 0, out _));
    }

    private static int Find(RowCache cache, uint module, ulong address) => cache.TryFind(module, address, out CompactRow row) ? row.Number : 0;

    private static CompactRow Row(int number) => CompactRow.Simple(7, number, -1);
}
