using Diagnose.Capture.Probes;
using Diagnose.Formats.PerfEvents;

namespace Diagnose.Capture.Tests.Probes;

public class UserStackTests
{
    [Theory]
    [InlineData("dwarf", "dwarf,16384")]
    [InlineData("dwarf,8192", "dwarf,8192")]
    [InlineData("dwarf,8193", "dwarf,8200")] // the kernel copies whole words
    [InlineData("dwarf,65528", "dwarf,65528")]
    [InlineData("fp", "fp")]
    [InlineData("none", "none")]
    public void What_is_written_is_what_is_shown(string text, string shown)
    {
        Assert.True(UserStack.TryParse(text, out UserStack stack, out string error), error);
        Assert.Equal(shown, stack.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("DWARF")]
    [InlineData("dwarf,x")]
    [InlineData("dwarf, 8192")]
    [InlineData("fp,8192")]
    public void Anything_else_is_refused(string text)
    {
        Assert.False(UserStack.TryParse(text, out _, out string error));
        Assert.NotEmpty(error);
    }

    [Fact]
    public void Only_what_is_asked_for_is_copied()
    {
        PerfEventAttr Asked(UserStack stack)
        {
            var attr = new PerfEventAttr { SampleType = SampleFormat.Callchain };
            ProbeAttr.AskForUserStack(ref attr, stack);
            return attr;
        }

        PerfEventAttr copied = Asked(UserStack.Dwarf);
        Assert.Equal(SampleFormat.Callchain | SampleFormat.RegsUser | SampleFormat.StackUser, copied.SampleType);
        Assert.Equal((16384u, 17, true), (copied.SampleStackUser, System.Numerics.BitOperations.PopCount(copied.SampleRegsUser), copied.ExcludeCallchainUser));
        foreach (UserStack none in new[] { UserStack.FramePointer, UserStack.None })
        {
            PerfEventAttr attr = Asked(none);
            Assert.Equal((SampleFormat.Callchain, 0u, none == UserStack.None), (attr.SampleType, attr.SampleStackUser, attr.ExcludeCallchainUser));
        }
    }
}
