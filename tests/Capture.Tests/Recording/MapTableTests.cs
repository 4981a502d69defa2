using CsCheck;
using Diagnose.Formats.Recording;
using Diagnose.Formats.Trace;

namespace Diagnose.Capture.Tests.Recording;

public sealed class MapTableTests
{
    private static readonly AddressSpace s_space = AddressSpace.New(1);
    private static readonly CodeModule s_module = new(ModuleKind.File, "/a"u8.ToArray(), [], 0);

    private static Mapping At(ulong start, ulong end, ulong time = 1) => new(s_space, time, start, end, 0, s_module);

    [Fact]
    public void A_new_mapping_cuts_splits_and_hides_what_it_covers()
    {
        Mapping old = At(0x1000, 0x5000), middle = At(0x2000, 0x3000), tail = At(0x4000, 0x6000);
        MapTable table = MapTable.Empty.With(old).With(middle).With(tail);
        Assert.Equal(4, table.Count);
        Assert.False(table.TryFind(0xfff, out _));
        Assert.Same(old, Find(table, 0x1000));
        Assert.Same(middle, Find(table, 0x2000));
        Assert.Same(middle, Find(table, 0x2fff));
        Assert.Same(old, Find(table, 0x3000));
        Assert.Same(tail, Find(table, 0x4000));
        Assert.Same(tail, Find(table, 0x5fff));
        Assert.False(table.TryFind(0x6000, out _));
        Mapping all = At(0, ulong.MaxValue);
        Assert.Equal(1, table.With(all).Count);
    }

    [Fact]
    public void Any_order_of_mappings_gives_for_each_address_the_last_that_covers_it() =>
        Gen.Select(Gen.ULong[0, 200], Gen.ULong[1, 60]).Array[0, 40].Sample(pieces =>
        {
            var last = new Mapping?[300];
            MapTable table = MapTable.Empty;
            foreach ((ulong start, ulong length) in pieces)
            {
                Mapping mapping = At(start, start + length);
                table = table.With(mapping);
                last.AsSpan((int)start, (int)length).Fill(mapping);
            }

            for (ulong address = 0; address < 300; address++)
            {
                if ((table.TryFind(address, out Mapping found) ? found : null) != last[address])
                    return false;
            }

            return true;
        });

    [Fact]
    public void A_process_that_maps_ever_new_places_keeps_the_newest()
    {
        MapTable table = MapTable.Empty;
        const ulong count = MapTable.MostRanges + 100;
        for (ulong i = 1; i <= count; i++)
            table = table.With(At(i << 16, (i << 16) + 0x1000, time: i));
        Assert.InRange(table.Count, MapTable.MostRanges / 4, MapTable.MostRanges);
        Assert.True(table.TryFind(count << 16, out _));
        Assert.False(table.TryFind(1 << 16, out _));
    }

    [Fact]
    public void Mappings_of_one_time_are_bounded_too()
    {
        MapTable table = MapTable.Empty;
        for (ulong i = 1; i <= MapTable.MostRanges + 10; i++)
            table = table.With(At(i << 16, (i << 16) + 0x1000, time: 0));
        Assert.InRange(table.Count, 1, MapTable.MostRanges);
    }

    private static Mapping Find(MapTable table, ulong address)
    {
        Assert.True(table.TryFind(address, out Mapping mapping));
        return mapping;
    }
}
