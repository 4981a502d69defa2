using System.Globalization;
using System.Text.Json;
using System.Xml.Linq;
using Diagnose.Formats.DotNet;
using Diagnose.Formats.Symbols;

namespace Diagnose.Formats.Tests.DotNet;

/// <summary>Alone: the runtime's events cost every thread memory, and other tests count theirs.</summary>
[CollectionDefinition(nameof(ReadyToRunFileTests), DisableParallelization = true)]
[Collection(nameof(ReadyToRunFileTests))]
public sealed class ReadyToRunFileTests
{
    private static readonly string s_library = typeof(object).Assembly.Location;

    [Fact]
    public void Code_has_the_names_that_the_runtime_gives_it()
    {
        using var runtime = new RuntimeMethods();
        UseTheLibrary();
        Dictionary<string, (FileAsImage Image, ReadyToRunFile File)> files = [];
        List<string> wrong = [];
        int seen = 0, instances = 0;
        foreach ((string type, string name, ulong entry) in runtime.Methods)
        {
            if (RuntimeMethods.PlaceOf(entry) is not { } place)
                continue;
            if (!files.TryGetValue(place.Path, out (FileAsImage Image, ReadyToRunFile File) file))
            {
                var image = new FileAsImage(File.ReadAllBytes(place.Path));
                image.TryLoad(0, ReadyToRunImage.HeaderBytes);
                files[place.Path] = file = (image, ReadyToRunFile.Open(image)!);
            }

            seen++;
            instances += type.Contains('[', StringComparison.Ordinal) ? 1 : 0;
            string expected = MethodName.Of(type, name);
            if (!file.File.TryFind(file.Image, place.Offset, out ulong start, out ulong size, out string found, out string detail)
                || start != place.Offset || size == 0)
                wrong.Add($"{expected} was not found");
            else if (found != expected || detail != $"[{Path.GetFileNameWithoutExtension(place.Path)}] {type}::{name}[PreJIT]")
                wrong.Add($"{expected} was named {found}, {detail}");
        }

        Assert.True(seen > 100, $"the runtime told of {seen} methods");
        Assert.True(instances > 10, $"the runtime told of {instances} generic instances");
        Assert.True(wrong.Count == 0, $"{wrong.Count} of {seen}: {string.Join('\n', wrong.Take(20))}");
    }

    [Fact]
    public void Every_byte_of_a_function_has_its_name_and_only_what_is_needed_is_loaded()
    {
        FileAsImage image = Library(out ReadyToRunFile file);
        ulong first = FirstFunction(image, file);
        Assert.True(file.TryFind(image, first, out ulong start, out ulong size, out string name, out _));
        Assert.Equal(first, start);
        Assert.True(file.TryFind(image, start + size - 1, out _, out _, out string last, out _));
        Assert.Equal(name, last);
        Assert.True(image.Loads < image.Length / 2, $"{image.Loads} of {image.Length} bytes were loaded");
        Assert.InRange(file.LoadedBytes, 1, image.Length / 2);
        Assert.False(file.TryFind(image, (ulong)image.Length, out _, out _, out _, out _));

        image.Forget();
        file.Forget();
        Assert.True(file.TryFind(image, first, out _, out _, out string again, out _));
        Assert.Equal(name, again);
    }

    [Fact]
    public void A_file_that_was_closed_has_nothing_left_to_drop()
    {
        // The sampler closes files that it used longest ago; whoever counts what they keep still knows them.
        ModuleFile file = ModuleFile.Open(new FileAsImage(File.ReadAllBytes(s_library)))!;
        Assert.True(file.IsAssembly);
        for (ulong offset = 0x1000; file.SymbolBytes == 0; offset += 0x1000)
            file.TryFindMethod(offset, out _, out _, out _, out _);
        file.Dispose();
        Assert.Equal(0, file.SymbolBytes);
        file.DropSymbols();
    }

    [Fact]
    public void Other_files_are_none()
    {
        foreach (byte[] bytes in (byte[][])[[], "MZ"u8.ToArray(), new byte[5000], [.. "MZ"u8, .. new byte[5000]], File.ReadAllBytes("/proc/self/exe")])
            Assert.Null(ReadyToRunFile.Open(new FileAsImage(bytes)));
        // This very assembly has no native code.
        var own = new FileAsImage(File.ReadAllBytes(typeof(ReadyToRunFileTests).Assembly.Location));
        own.TryLoad(0, ReadyToRunImage.HeaderBytes);
        Assert.Null(ReadyToRunFile.Open(own));
    }

    [Fact]
    public void Damaged_files_name_less_and_break_nothing()
    {
        byte[] good = File.ReadAllBytes(Path.Combine(Path.GetDirectoryName(s_library)!, "System.Collections.dll"));
        var random = new Random(5);
        int opened = 0;
        for (int round = 0; round < 150; round++)
        {
            byte[] bad = [.. good];
            // The headers are few bytes of many, and all else depends on them.
            for (int i = 0; i < 20; i++)
                bad[random.Next(random.Next(3) == 0 ? 1200 : bad.Length)] = (byte)random.Next(256);
            if (round % 5 == 0)
                bad.AsSpan(random.Next(bad.Length - 20_000), 20_000).Fill((byte)random.Next(256));
            var image = new FileAsImage(round % 7 == 0 ? bad[..random.Next(bad.Length)] : bad);
            image.TryLoad(0, ReadyToRunImage.HeaderBytes);
            if (ReadyToRunFile.Open(image) is not { } file)
                continue;
            opened++;
            for (ulong offset = 0; offset < (ulong)good.Length; offset += 997)
                file.TryFind(image, offset, out _, out _, out _, out _);
        }

        Assert.InRange(opened, 20, 149);
    }

    [Theory]
    [InlineData(1 << 20, true)]
    [InlineData((1 << 20) + 1, false)]
    public void A_file_with_more_functions_than_any_is_none(int functions, bool isOne)
    {
        byte[] bytes = File.ReadAllBytes(Path.Combine(Path.GetDirectoryName(s_library)!, "System.Collections.dll"));
        Array.Resize(ref bytes, 48 << 20);
        const int runtimeFunctions = 102, sectionBytes = 40, most = 32 << 20;
        int at = bytes.AsSpan().IndexOf("RTR\0"u8) + 16;
        while (BitConverter.ToInt32(bytes, at) != runtimeFunctions)
            at += 12;
        BitConverter.TryWriteBytes(bytes.AsSpan(at + 8), functions * 12);
        // The section that holds them is as large as holes make it.
        int pe = BitConverter.ToInt32(bytes, 60), section = pe + 24 + BitConverter.ToUInt16(bytes, pe + 20);
        uint address = BitConverter.ToUInt32(bytes, at + 4);
        while (address - BitConverter.ToUInt32(bytes, section + 12) >= BitConverter.ToUInt32(bytes, section + 8))
            section += sectionBytes;
        BitConverter.TryWriteBytes(bytes.AsSpan(section + 8), most);
        BitConverter.TryWriteBytes(bytes.AsSpan(section + 16), most);
        var image = new FileAsImage(bytes);
        image.TryLoad(0, ReadyToRunImage.HeaderBytes);
        Assert.Equal(isOne, ReadyToRunFile.Open(image) is not null);
    }

    private static void UseTheLibrary()
    {
        _ = new SortedDictionary<int, string> { [3] = "three", [1] = "one" }.Values.ToList();
        _ = new Dictionary<Guid, DateTimeOffset> { [Guid.NewGuid()] = DateTimeOffset.UtcNow }.OrderBy(pair => pair.Value).First();
        _ = XDocument.Parse("<a><b c='d'/></a>").Descendants("b").Single().Attribute("c")!.Value;
        _ = JsonDocument.Parse("{\"a\":[1,2,{\"b\":null}]}").RootElement.GetProperty("a")[2].ToString();
        _ = string.Join(',', Enumerable.Range(0, 9).Select(i => i.ToString("x4", CultureInfo.InvariantCulture)).Reverse());
        _ = new UriBuilder("http", "example.org", 80, "/p").Uri.AbsoluteUri + Version.Parse("1.2.3.4") + TimeSpan.FromDays(2.5);
        using var stream = new MemoryStream();
        using (var writer = new StreamWriter(stream, leaveOpen: true))
            writer.WriteLine(new LinkedList<int>([1, 2]).Last!.Value);
        Task.Run(async () => await Task.Delay(1)).Wait();
    }

    private static FileAsImage Library(out ReadyToRunFile file)
    {
        var image = new FileAsImage(File.ReadAllBytes(s_library));
        image.TryLoad(0, ReadyToRunImage.HeaderBytes);
        file = ReadyToRunFile.Open(image)!;
        return image;
    }

    private static ulong FirstFunction(FileAsImage image, ReadyToRunFile file)
    {
        for (ulong offset = 0; offset < (ulong)image.Length; offset += 16)
        {
            if (file.TryFind(image, offset, out ulong start, out ulong size, out _, out _) && size > 64)
                return start;
        }

        throw new InvalidOperationException("the library has no code");
    }
}
