using CsCheck;
using Diagnose.Capture.Linux;

namespace Diagnose.Capture.Tests.Linux;

public class CpuListTests
{
    [Theory]
    [InlineData("0", "0")]
    [InlineData("0-16,23", "0-16,23")]
    [InlineData("3,1,2,1", "1-3")]
    [InlineData("5-5", "5")]
    public void Lists_are_read_and_written_back_in_order(string text, string canonical)
    {
        Assert.True(CpuList.TryParse(text, out var cpus, out var error), error);
        Assert.Equal(canonical, CpuList.Format(cpus));
    }

    [Theory]
    [InlineData("", "has an empty part")]
    [InlineData("1,,2", "has an empty part")]
    [InlineData("1-", "'1-' in CPU list '1-' is not a CPU number or a range")]
    [InlineData("-1", "is not a CPU number")]
    [InlineData("1 - 2", "is not a CPU number")]
    [InlineData("+1", "is not a CPU number")]
    [InlineData("a", "is not a CPU number")]
    [InlineData("99999999999", "is not a CPU number")]
    [InlineData("3-1", "range '3-1' in CPU list '3-1' runs backwards")]
    public void Bad_lists_are_refused_by_name(string text, string reason)
    {
        Assert.False(CpuList.TryParse(text, out _, out var error));
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_CPU_that_is_not_online_is_refused_with_the_list_of_those_that_are()
    {
        Assert.True(CpuList.TryParse("1-2", [0, 1, 2, 5], out var cpus, out _));
        Assert.Equal([1, 2], cpus);
        Assert.False(CpuList.TryParse("1-3", [0, 1, 2, 5], out cpus, out var error));
        Assert.Equal("CPU 3 in CPU list '1-3' is not online; online are 0-2,5", error);
        Assert.Empty(cpus);
    }

    [Fact]
    public void Every_set_of_CPUs_survives_writing_and_reading() =>
        Gen.Int[0, 300].HashSet[1, 40].Sample(set =>
        {
            var ascending = set.Order().ToArray();
            return CpuList.TryParse(CpuList.Format(ascending), out var back, out _) && back.SequenceEqual(ascending);
        });

    [Fact]
    public void The_online_CPUs_include_the_first_one_in_use() => Assert.NotEmpty(CpuList.Online);
}
