using Diagnose.Analyze.Filters;
using Diagnose.Analyze.Hits;
using Diagnose.Analyze.Tests.Hits;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Tests.Filters;

public class MomentTests
{
    [Theory]
    [InlineData("0", true, 0)]
    [InlineData("1.5", true, 1_500_000)]
    [InlineData("12.3456789", true, 12_345_678)]
    [InlineData("1795387698:972846", false, 1_795_387_698_972_846)]
    [InlineData("1970-01-01 00:00:01.000002Z", false, 1_000_002)]
    [InlineData("1970-01-01T00:00:01.000002", false, 1_000_002)]
    [InlineData("1970-01-01T01:00:00+01:00", false, 0)]
    public void What_people_write_is_a_moment(string text, bool isRelative, ulong microseconds)
    {
        Assert.True(Moment.TryParse(text, out Moment moment));
        Assert.Equal(new Moment(isRelative, microseconds), moment);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("-1")]
    [InlineData("1e5")]
    [InlineData("1,5")]
    [InlineData("1:5")]
    [InlineData("12:30")]
    [InlineData("18446744073709551615:000000")]
    [InlineData("99999999999999999999999")]
    [InlineData("1969-12-31T00:00:00Z")]
    public void Anything_else_is_none(string text) => Assert.False(Moment.TryParse(text, out _));

    [Theory]
    [InlineData("web", "/a/web", true)]
    [InlineData("/a/web", "/a/web", true)]
    [InlineData("/b/web", "/a/web", false)]
    [InlineData("web", "/a/web/one", false)]
    [InlineData("web/", "/a/web/one", true)]
    [InlineData("/a/", "/a/web/one", true)]
    [InlineData("/a/", "/ab", false)]
    [InlineData("/a/web/", "/a/web", true)]
    [InlineData("/", "/", true)]
    [InlineData("/", "/a", false)]
    [InlineData("a\\x0ab", "/a\nb", true)]
    public void A_cgroup_is_meant_by_its_path_its_last_part_or_what_it_lies_below(string pattern, string path, bool expected) =>
        Assert.Equal(expected, new CgroupPattern(pattern).Matches(System.Text.Encoding.UTF8.GetBytes(path)));

    [Fact]
    public void Moments_without_a_clock_count_from_boot_and_those_before_1970_are_no_trouble()
    {
        var none = new WantedTimes(new WallClock(SyntheticTrace.Open(SyntheticTrace.Write(_ => { })).Definitions), 2, 3);
        Assert.Equal([(2000UL, 3999UL)], none.Intervals);
        var hostile = new WallClock(SyntheticTrace.Open(SyntheticTrace.Write(writer => writer.Definitions.Clock(new ClockRow(ulong.MaxValue, 5)))).Definitions);
        Assert.Equal([(ulong.MaxValue - 5, ulong.MaxValue)], new WantedTimes(hostile, 0, ulong.MaxValue).Intervals);
        Assert.Empty(new WantedTimes(hostile, 1, ulong.MaxValue).Intervals);
    }

    [Fact]
    public void A_pattern_that_could_take_forever_is_refused_and_others_take_linear_time()
    {
        Assert.Throws<ArgumentException>(() => FramePatterns.Of(["(a)\\1"], []));
        Assert.ThrowsAny<ArgumentException>(() => FramePatterns.Of([], ["("]));
        FramePatterns patterns = FramePatterns.Of(["^(a+)+$"], [])!;
        Assert.Equal(FrameMarks.None, patterns.Of([.. Enumerable.Repeat((byte)'a', 200_000), (byte)'b']));
    }
}
