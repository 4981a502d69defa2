using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using CsCheck;
using Diagnose.Analyze.Flame;
using Diagnose.Analyze.Stacks;
using Diagnose.Analyze.Tests.Stacks;
using NameTable = Diagnose.Analyze.Stacks.NameTable;

namespace Diagnose.Analyze.Tests.Flame;

public class SvgWriterTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    private static byte[] Draw(MergedStacks stacks, FlameOptions? options = null)
    {
        using var stream = new MemoryStream();
        SvgWriter.Write(stacks, options ?? new FlameOptions(), stream);
        return stream.ToArray();
    }

    private static XElement Parse(byte[] svg)
    {
        using var reader = XmlReader.Create(new MemoryStream(svg), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, CheckCharacters = true });
        return XDocument.Load(reader, LoadOptions.PreserveWhitespace).Root!;
    }

    private static IEnumerable<XElement> Frames(XElement svg) =>
        svg.Elements(Svg + "g").Single(g => (string?)g.Attribute("id") == "frames").Elements(Svg + "g");

    private static MergedStacks OneName(ReadOnlySpan<byte> name)
    {
        var tree = new FlameTree(new NameTable());
        tree.Add(tree.Child(FlameTree.Root, tree.Names.Intern(name), FrameKind.User), 3);
        return tree.Merge();
    }

    [Fact]
    public void Each_frame_has_its_title_place_and_label()
    {
        var frames = Frames(Parse(Draw(FlameTreeTests.Merge(("main;work", 2), ("main", 1))))).ToArray();
        Assert.Equal(
            ["all (3 hits, 100.00%)", "main (3 hits, 100.00%)", "work (2 hits, 66.67%)"],
            frames.Select(frame => frame.Element(Svg + "title")!.Value));
        var work = frames[2].Element(Svg + "rect")!;
        Assert.Equal(("10.00", "786.66", "46"), ((string)work.Attribute("x")!, (string)work.Attribute("width")!, (string)work.Attribute("y")!));
        Assert.Equal("work", frames[2].Element(Svg + "text")!.Value);
        // The root is the lowest row.
        Assert.Equal("80", (string)frames[0].Element(Svg + "rect")!.Attribute("y")!);
    }

    [Theory]
    [InlineData("</title><script>alert(1)</script>")]
    [InlineData("\"><script>alert(1)</script>")]
    [InlineData("' onload='alert(1)")]
    [InlineData("a & b &amp; &#60;script&#62;")]
    [InlineData("]]><script>alert(1)</script><![CDATA[")]
    [InlineData("<!-- --> <?xml ?> <!DOCTYPE x>")]
    [InlineData("std::vector<int, std::allocator<int> >::push_back")]
    [InlineData("命中 🦀 é")]
    public void A_hostile_name_is_text_and_nothing_else(string name)
    {
        var svg = Parse(Draw(OneName(Encoding.UTF8.GetBytes(name))));
        Assert.Equal(name + " (3 hits, 100.00%)", Frames(svg).Last().Element(Svg + "title")!.Value);
        Assert.Equal(name, Frames(svg).Last().Element(Svg + "text")!.Value);
        Assert.Single(svg.Descendants(Svg + "script"));
        Assert.All(Frames(svg), frame => Assert.All(frame.Descendants(), part =>
            Assert.Contains(part.Name.LocalName, (string[])["title", "rect", "text"])));
    }

    [Fact]
    public void Any_bytes_for_a_name_give_XML_of_the_same_elements() =>
        Gen.Byte.Array[1, 80].Sample(name =>
        {
            var svg = Parse(Draw(OneName(name)));
            Assert.Equal(2, Frames(svg).Count());
            Assert.Equal(
                ["class", "x", "y", "width", "height"],
                Frames(svg).Last().Element(Svg + "rect")!.Attributes().Select(attribute => attribute.Name.LocalName));
        });

    [Fact]
    public void The_title_of_the_graph_is_text_too() =>
        Assert.Contains(
            Parse(Draw(OneName("a"u8), new FlameOptions { Title = "</text><script>&\u0001" })).Elements(Svg + "text"),
            text => text.Value == "</text><script>&\\x01");

    [Fact]
    public void The_order_of_hits_and_the_culture_change_no_byte()
    {
        var stacks = Enumerable.Range(0, 300).Select(number => ($"f{number % 7};g{number % 31};h{number}", (long)(number * 37 % 101 + 1))).ToArray();
        var expected = Draw(FlameTreeTests.Merge(stacks));
        var culture = CultureInfo.CurrentCulture;
        try
        {
            var odd = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            odd.NumberFormat.NumberDecimalSeparator = ",";
            odd.NumberFormat.NegativeSign = "~";
            CultureInfo.CurrentCulture = odd;
            Assert.Equal(expected, Draw(FlameTreeTests.Merge([.. stacks.Reverse()])));
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }

    [Fact]
    public void A_label_never_leaves_its_frame()
    {
        var stacks = FlameTreeTests.Merge([.. Enumerable.Range(1, 60).Select(number => ($"{new string('w', number)}命中命中", (long)number))]);
        foreach (var frame in Frames(Parse(Draw(stacks))))
            if (frame.Element(Svg + "text") is { } text)
            {
                var cells = text.Value.EnumerateRunes().Sum(rune => rune.Value >= 0x2e80 ? 2 : 1);
                var rect = frame.Element(Svg + "rect")!;
                var right = Number(rect, "x") + Number(rect, "width");
                Assert.True(Number(text, "x") + cells * 7.25m <= right, text.Value);
                if (text.Attribute("textLength") is not null)
                    Assert.Equal(cells * 7.25m, Number(text, "textLength"));
            }

        static decimal Number(XElement element, string name) => decimal.Parse(element.Attribute(name)!.Value, CultureInfo.InvariantCulture);
    }

    [Fact]
    public void Nothing_outside_the_file_is_asked_for()
    {
        var text = Encoding.UTF8.GetString(Draw(OneName("a"u8))).Replace(Svg.NamespaceName, "", StringComparison.Ordinal);
        Assert.DoesNotContain("http", text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("href", text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("@import", text, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void No_hits_are_a_graph_too() => Assert.Single(Frames(Parse(Draw(new FlameTree(new NameTable()).Merge()))));

    [Fact]
    public void A_width_that_cannot_be_drawn_is_an_error()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new FlameOptions { Width = 10 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new FlameOptions { MinimumWidth = -1 });
    }
}
