using System.Text;
using CsCheck;
using Diagnose.Analyze.Flame;

namespace Diagnose.Analyze.Tests.Flame;

public class FrameLabelTests
{
    private static string Fit(string name, int cells)
    {
        var bytes = Encoding.UTF8.GetBytes(name);
        var label = FrameLabel.Fit(bytes, cells);
        return Encoding.UTF8.GetString(bytes, 0, label.Length) + (label.IsCut && label.Length > 0 ? ".." : "");
    }

    [Theory]
    [InlineData("abcdef", 6, "abcdef")]
    [InlineData("abcdef", 5, "abc..")]
    [InlineData("abcdef", 3, "a..")]
    [InlineData("abcdef", 2, "")]
    [InlineData("ab", 2, "")]
    [InlineData("abc", 3, "abc")]
    [InlineData("命中函数", 8, "命中函数")]
    [InlineData("命中函数", 7, "命中..")]
    [InlineData("命中函数", 3, "")]
    [InlineData("命a", 3, "命a")]
    [InlineData("🦀🦀", 4, "🦀🦀")]
    [InlineData("éa", 3, "éa")]
    [InlineData("e\u0301e\u0301ab", 4, "e\u0301e\u0301ab")]
    [InlineData("e\u0301e\u0301abc", 4, "e\u0301e\u0301..")]
    [InlineData("", 9, "")]
    [InlineData("x", -5, "")]
    public void A_name_is_cut_to_its_cells(string name, int cells, string shown) => Assert.Equal(shown, Fit(name, cells));

    [Fact]
    public void A_label_never_takes_more_cells_than_there_are() =>
        Gen.Select(Gen.OneOf("a", "é", "命", "🦀", "Z").Array[0, 30], Gen.Int[0, 40]).Sample((parts, cells) =>
        {
            var bytes = Encoding.UTF8.GetBytes(string.Concat(parts));
            var label = FrameLabel.Fit(bytes, cells);
            var shown = Encoding.UTF8.GetString(bytes, 0, label.Length);
            Assert.DoesNotContain('\ufffd', shown);
            if (label.Length == 0)
                return;
            var used = shown.EnumerateRunes().Sum(rune => rune.Value >= 0x2e80 ? 2 : 1) + (label.IsCut ? 2 : 0);
            Assert.Equal(label.Cells, used);
            Assert.True(used <= cells);
            Assert.Equal(label.Length < bytes.Length, label.IsCut);
        });
}
