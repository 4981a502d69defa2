using Diagnose.Analyze.Hits;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Tests.Hits;

public class FrameAddressesTests
{
    private readonly int _libc;
    private readonly int _parent;
    private readonly int _child;
    private readonly int _executed;
    private readonly int _kernel;
    private readonly int _jit;
    private readonly FrameAddresses _addresses;

    public FrameAddressesTests()
    {
        int libc = 0, parent = 0, child = 0, executed = 0, kernel = 0, jit = 0;
        byte[] file = SyntheticTrace.Write(writer =>
        {
            DefinitionWriter d = writer.Definitions;
            libc = d.Module(new ModuleRow(ModuleKind.File, d.String("/lib/libc.so"), 0, 0, 0, 0));
            kernel = d.Module(new ModuleRow(ModuleKind.KernelModule, d.String("ext4"), 0, 0xffffffffc0000000, 0, 0));
            jit = d.Module(new ModuleRow(ModuleKind.Anonymous, 0, 0, 0, 0, 7));
            parent = d.Space(new SpaceRow(10, 0, 0));
            child = d.Space(new SpaceRow(11, parent, 500));
            executed = d.Space(new SpaceRow(11, 0, 0));
            d.Mapping(new MappingRow(parent, 0, 0x7000_0000, 0x1000, 0x4000, 0, libc));
            d.Mapping(new MappingRow(parent, 600, 0x8000_0000, 0x1000, 0x4000, 0, libc));
            d.Mapping(new MappingRow(child, 700, 0x9000_0000, 0x1000, 0x4000, 0, libc));
            d.Mapping(new MappingRow(executed, 900, 0xa000_0000, 0x800, 0x4000, 0, libc));
            d.Mapping(new MappingRow(executed, 900, 0xb000_0000, 0x800, 0x4800, 0, libc));
        });
        (_libc, _parent, _child, _executed, _kernel, _jit) = (libc, parent, child, executed, kernel, jit);
        _addresses = new FrameAddresses(SyntheticTrace.Open(file).Definitions);
    }

    private string At(int space, ulong time, ulong offset = 0x4123, FrameFlags flags = FrameFlags.None)
    {
        ulong address = _addresses.Of(new FrameRow(_libc, offset, flags), space, time, out bool isFixed);
        return $"{address:x}{(isFixed ? "" : " for now")}";
    }

    [Fact]
    public void A_module_that_was_mapped_again_is_where_it_was_at_the_time()
    {
        Assert.Equal("70000123 for now", At(_parent, 599));
        Assert.Equal("80000123 for now", At(_parent, 600));
    }

    [Fact]
    public void A_child_has_what_its_parent_had_at_the_fork_until_it_maps_itself()
    {
        // What the parent mapped after the fork (at 600) is not the child's.
        Assert.Equal("70000123 for now", At(_child, 699));
        Assert.Equal("90000123", At(_child, 700));
    }

    [Fact]
    public void After_an_exec_nothing_of_the_parent_is_left()
    {
        Assert.Equal("4123 for now", At(_executed, 899));
        Assert.Equal("a0000123", At(_executed, 900));
    }

    [Fact]
    public void A_return_address_behind_its_mapping_belongs_to_it()
    {
        Assert.Equal("b0000000", At(_executed, 900, 0x4800));
        Assert.Equal("a0000800", At(_executed, 900, 0x4800, FrameFlags.ReturnAddress));
        Assert.Equal("b0000800", At(_executed, 900, 0x5000, FrameFlags.ReturnAddress));
        Assert.Equal("5000", At(_executed, 900, 0x5000));
        Assert.Equal("0", At(_executed, 900, 0, FrameFlags.ReturnAddress));
    }

    [Fact]
    public void Kernel_code_has_a_base_and_code_without_a_file_its_own_address()
    {
        Assert.Equal(0xffffffffc0000010, _addresses.Of(new FrameRow(_kernel, 0x10, FrameFlags.None), 0, 0, out _));
        Assert.Equal(0x5555UL, _addresses.Of(new FrameRow(_jit, 0x5555, FrameFlags.None), _child, 0, out _));
        Assert.Equal(0x5555UL, _addresses.Of(new FrameRow(0, 0x5555, FrameFlags.None), _child, 0, out _));
    }
}
