using Diagnose.Capture.Commands;

namespace Diagnose.Capture.Tests.Commands;

public sealed class KprobeArgumentsTests
{
    [Fact]
    public void Actions_keep_their_order_and_values()
    {
        Assert.True(KprobeArguments.TryParse(
            ["--deactivate", "--activate=probe=down_write tgid=1", "-settings=json=1", "--report", "-h"], out var actions, out string error), error);
        Assert.Equal(
        [
            (KprobeAction.Deactivate, null), (KprobeAction.Activate, "probe=down_write tgid=1"), (KprobeAction.Settings, "json=1"),
            (KprobeAction.Report, null), (KprobeAction.Help, null),
        ], actions);
    }

    [Theory]
    [InlineData("--a", nameof(KprobeAction.Activate))]
    [InlineData("-deact", nameof(KprobeAction.Deactivate))]
    [InlineData("--rep=in=x", nameof(KprobeAction.Report))]
    [InlineData("-s", nameof(KprobeAction.Settings))]
    public void Names_may_be_cut_short(string argument, string action)
    {
        Assert.True(KprobeArguments.TryParse([argument], out var actions, out string error), error);
        Assert.Equal(action, actions[0].Action.ToString());
    }

    [Theory]
    [InlineData("activate", "'activate' is no option")]
    [InlineData("---activate", "'---activate' is no option")]
    [InlineData("--", "there is no option '--'")]
    [InlineData("-", "there is no option '-'")]
    [InlineData("--activated", "there is no option '--activated'")]
    [InlineData("--deactivate=1", "--deactivate takes no value")]
    [InlineData("--help=me", "--help takes no value")]
    [InlineData("", "'' is no option")]
    public void Anything_else_is_refused(string argument, string reason)
    {
        Assert.False(KprobeArguments.TryParse(["--settings", argument], out _, out string error));
        Assert.StartsWith(reason, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_no_request() => Assert.False(KprobeArguments.TryParse([], out _, out _));
}
