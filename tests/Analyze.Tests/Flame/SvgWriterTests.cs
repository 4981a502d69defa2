using System.Globalization;
using System.Text;
using System.Text.Json;
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

    private static JsonDocument Data(XElement svg, string id) =>
        JsonDocument.Parse(svg.Elements(Svg + "metadata").Single(part => (string?)part.Attribute("id") == id).Value);

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
        Assert.Equal(("10.00", "786.66", "60"), ((string)work.Attribute("x")!, (string)work.Attribute("width")!, (string)work.Attribute("y")!));
        Assert.Equal("work", frames[2].Element(Svg + "text")!.Value);
        // The root is the lowest row.
        Assert.Equal("94", (string)frames[0].Element(Svg + "rect")!.Attribute("y")!);
    }

    [Fact]
    public void An_icicle_has_its_root_at_the_top()
    {
        var frames = Frames(Parse(Draw(FlameTreeTests.Merge(("main;work", 1)), new FlameOptions { IsIcicle = true })));
        Assert.Equal(["60", "77", "94"], frames.Select(frame => (string)frame.Element(Svg + "rect")!.Attribute("y")!));
    }

    [Fact]
    public void Frames_too_thin_for_a_pointer_are_one_path_for_each_colour()
    {
        var stacks = FlameTreeTests.Merge([("wide", 10_000), .. Enumerable.Range(0, 40).Select(number => ($"z{number}", 3L))]);
        var svg = Parse(Draw(stacks));
        Assert.Equal(["all", "wide"], Frames(svg).Select(frame => frame.Element(Svg + "text")!.Value));
        var paths = svg.Descendants(Svg + "path").ToArray();
        Assert.InRange(paths.Length, 2, 4);
        Assert.Equal(paths.Length, paths.Select(path => (string)path.Attribute("class")!).Distinct().Count());
        Assert.Equal(40, paths.Sum(path => ((string)path.Attribute("d")!).Count(step => step == 'M')));
    }

    [Fact]
    public void The_script_is_told_the_frames_as_they_are_drawn()
    {
        var stacks = FlameTreeTests.Merge(("a;thin", 1), ("a;b", 70_000), ("a", 1), ("c;b", 29_998));
        using var data = Data(Parse(Draw(stacks)), "data");
        Assert.Equal(["r0all", "a", "b", "c"], data.RootElement.GetProperty("functions").EnumerateArray()
            .Select((text, at) => at == 0 ? text.GetString()! : text.GetString()![2..]));
        // Step to the node, row, function, start in the parent, total, self; the thin one, node 3, is left out.
        Assert.Equal(
            [0, 0, 0, 0, 100_000, 0, 1, 1, 1, 0, 70_002, 1, 1, 2, 2, 0, 70_000, 70_000, 2, 1, 3, 70_002, 29_998, 0, 1, 2, 2, 0, 29_998, 29_998],
            data.RootElement.GetProperty("frames").EnumerateArray().Select(number => number.GetInt64()));
    }

    [Fact]
    public void Modules_are_a_line_of_their_own_and_there_only_where_one_is_known()
    {
        var without = new FlameTree(new NameTable());
        without.Add(without.Child(FlameTree.Root, without.Names.Intern("read"u8), FrameKind.User), 3);
        var with = new FlameTree(new NameTable());
        var node = with.Child(FlameTree.Root, with.Names.Intern("read"u8), FrameKind.User);
        with.Add(node, 3);
        with.Tell(node, with.Names.Intern("/lib/<c>.so"u8));
        var svg = Draw(with.Merge());
        using var modules = Data(Parse(svg), "modules");
        Assert.Equal("""{"names":["/lib/\u003cc\u003e.so"],"frames":[-1,0]}""", modules.RootElement.GetRawText());
        var lines = Encoding.UTF8.GetString(svg).Split('\n').Where(line => !line.StartsWith("<metadata id=\"modules\">", StringComparison.Ordinal));
        Assert.Equal(Encoding.UTF8.GetString(Draw(without.Merge())), string.Join('\n', lines));
    }

    [Fact]
    public void A_frame_of_two_modules_has_none_whichever_told_first()
    {
        foreach (var order in (string[][])[["x", "y", "x"], ["y", "x"], ["x", "x", "y"]])
        {
            var tree = new FlameTree(new NameTable());
            var node = tree.Child(FlameTree.Root, tree.Names.Intern("main"u8), FrameKind.User);
            tree.Add(node, 1);
            foreach (var module in order)
                tree.Tell(node, tree.Names.Intern(Encoding.UTF8.GetBytes(module)));
            Assert.True(tree.Merge().Module(1).IsEmpty);
        }
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
        Assert.DoesNotContain(svg.DescendantsAndSelf().Attributes(), attribute => attribute.Name.LocalName.StartsWith("on", StringComparison.OrdinalIgnoreCase));
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
        var text = ((string[])[Svg.NamespaceName, "http://www.w3.org/1999/xhtml", "http-equiv"])
            .Aggregate(Encoding.UTF8.GetString(Draw(OneName("a"u8))), (rest, name) => rest.Replace(name, "", StringComparison.Ordinal));
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
