using System.Text;
using Diagnose.Formats.Kernel;

namespace Diagnose.Formats.Tests.Kernel;

public class KernelModulesTests
{
    [Fact]
    public void Modules_are_read_with_size_address_and_state()
    {
        var modules = Parse(
            """
            overlay 163840 1 - Live 0xffffffffc05a2000
            virtio_ring 49152 3 9pnet_virtio,virtio_pci,virtio, Live 0xffffffffc04c6000
            diagnose 20480 0 - Loading 0xffffffffc0100000 (OE+)

            """);

        Assert.Equal(3, modules.Count);
        Assert.Equal(new KernelModule("diagnose", 0xffffffffc0100000, 20480, IsLive: false), modules[0]);
        Assert.Equal(new KernelModule("virtio_ring", 0xffffffffc04c6000, 49152, IsLive: true), modules[1]);
        Assert.Equal("overlay", modules[2].Name);
        Assert.Equal(0, modules.MalformedLines);
        Assert.False(modules.AddressesHidden);
    }

    [Theory]
    [InlineData(0xffffffffc04c6000, "virtio_ring"), InlineData(0xffffffffc04d1fff, "virtio_ring")]
    [InlineData(0xffffffffc04d2000, null), InlineData(0xffffffffc04c5fff, null), InlineData(0xffffffffc05a2001, "overlay"), InlineData(0ul, null)]
    public void An_address_is_found_in_the_module_that_holds_it(ulong address, string? name)
    {
        var modules = Parse("overlay 163840 1 - Live 0xffffffffc05a2000\nvirtio_ring 49152 3 - Live 0xffffffffc04c6000\n");

        Assert.Equal(name is not null, modules.TryFind(address, out var module));
        if (name is not null)
            Assert.Equal(name, module.Name);
    }

    [Fact]
    public void Hidden_addresses_are_reported_and_hold_nothing()
    {
        var modules = Parse("overlay 163840 1 - Live 0x0000000000000000\next4 49152 3 - Live 0x0000000000000000\n");

        Assert.True(modules.AddressesHidden);
        Assert.Equal(2, modules.Count);
        Assert.False(modules.TryFind(5, out _));
        Assert.False(Parse("").AddressesHidden);
    }

    [Theory]
    [InlineData("overlay"), InlineData("overlay x 1 - Live 0xffffffffc05a2000"), InlineData("overlay 1 1 - Live ffffffffc05a2000")]
    [InlineData("overlay 1 1 - Live 0xffffffffc05a2000ff"), InlineData(" 1 1 - Live 0xffffffffc05a2000"), InlineData("overlay 1 1 - Live 0x")]
    public void Lines_of_another_form_are_counted_and_skipped(string line)
    {
        var modules = Parse($"{line}\next4 49152 3 - Live 0xffffffffc04c6000\n");

        Assert.Equal(1, modules.MalformedLines);
        Assert.Equal(1, modules.Count);
    }

    private static KernelModules Parse(string text) => KernelModules.Parse(Encoding.UTF8.GetBytes(text));
}
