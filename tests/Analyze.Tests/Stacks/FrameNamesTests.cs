using System.Text;
using Diagnose.Analyze.Stacks;

namespace Diagnose.Analyze.Tests.Stacks;

public class FrameNamesTests
{
    private readonly NameTable _table = new();
    private readonly FrameNames _names;

    public FrameNamesTests() => _names = new FrameNames(_table);

    private (string, FrameKind) Shown(FrameName name) => (Encoding.UTF8.GetString(_table[name.Name]), name.Kind);

    [Fact]
    public void Each_kind_of_name_has_its_form()
    {
        Assert.Equal(("CGROUP:[a\\x0a]", FrameKind.Cgroup), Shown(_names.Cgroup("a\n"u8)));
        Assert.Equal(("sh", FrameKind.Process), Shown(_names.Process("sh"u8)));
        Assert.Equal(("sh", FrameKind.Thread), Shown(_names.Thread("sh"u8)));
        Assert.Equal(("Foo::bar", FrameKind.User), Shown(_names.User("_ZNK3Foo3barEi"u8)));
        Assert.Equal(("vfs_read", FrameKind.Kernel), Shown(_names.Kernel("vfs_read"u8, default)));
        Assert.Equal(("ext4_read [ext4]", FrameKind.KernelModule), Shown(_names.Kernel("ext4_read"u8, "ext4"u8)));
    }

    [Fact]
    public void A_frame_without_a_name_is_unknown()
    {
        Assert.Equal(("UNKNOWN", FrameKind.Unknown), Shown(_names.User(default)));
        Assert.Equal(("UNKNOWN", FrameKind.Unknown), Shown(_names.User("UNKNOWN"u8)));
        Assert.Equal(("UNKNOWN", FrameKind.Unknown), Shown(_names.Kernel(default, default)));
        Assert.Equal(("UNKNOWN [m]", FrameKind.KernelModule), Shown(_names.Kernel(default, "m"u8)));
        Assert.Equal(("UNKNOWN", FrameKind.Thread), Shown(_names.Thread(default)));
    }

    [Fact]
    public void A_raw_name_and_its_printed_form_are_shown_alike()
    {
        Assert.Equal(_names.User("_Z3a\u0001bv"u8), _names.User("_Z3a\\x01bv"u8));
        Assert.Equal(_names.User([0xff, (byte)'x']), _names.User("\\xffx"u8));
    }
}
