using CsCheck;
using Diagnose.Analyze.Stacks;

namespace Diagnose.Analyze.Tests.Stacks;

public class NameTableTests
{
    [Fact]
    public void Equal_bytes_have_equal_numbers_and_others_other_numbers() =>
        Gen.Byte[0, 3].Array[0, 5].Array[0, 2000].Sample(names =>
        {
            var table = new NameTable();
            var expected = new Dictionary<string, int>();
            foreach (var name in names)
            {
                var key = Convert.ToHexString(name);
                expected.TryAdd(key, expected.Count);
                Assert.Equal(expected[key], table.Intern(name));
                Assert.True(table[expected[key]].SequenceEqual(name));
            }
            Assert.Equal(expected.Count, table.Count);
        }, iter: 50);

    [Fact]
    public void A_cleared_table_starts_again_from_zero()
    {
        var table = new NameTable();
        table.Intern("a"u8);
        table.Intern("b"u8);
        table.Clear();
        Assert.Equal(0, table.Length);
        Assert.Equal(0, table.Intern("b"u8));
        Assert.Equal(1, table.Intern("a"u8));
        Assert.True(table[1].SequenceEqual("a"u8));
    }

    [Fact]
    public void A_number_that_no_name_has_is_an_error() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new NameTable()[0].Length);
}
