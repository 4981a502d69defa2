using CsCheck;
using Diagnose.Capture.Control;
using Diagnose.Capture.Recording;

namespace Diagnose.Capture.Tests.Control;

public sealed class KprobeSettingsTests
{
    [Fact]
    public void Every_setting_is_read()
    {
        Assert.True(KprobeSettings.TryParse(
            "probe=vfs_read  tgid=1 pid=2\tcomm=\"Web Content\" cpu=0-1 verbose=3 dump-style=1 sample-step=4 raw-stack=1 spool-mb=5 no-dotnet=1",
            out KprobeSettings settings, out string error), error);
        Assert.Equal(new KprobeSettings
        {
            Probe = "vfs_read", Tgid = 1, Pid = 2, Comm = "Web Content", Cpus = "0-1", Verbose = 3, DumpStyle = 1,
            SampleStep = 4, RawStack = 1, SpoolMegabytes = 5, NoDotNet = 1,
        }, settings);
    }

    [Fact]
    public void What_is_not_given_is_everything_and_one_gibibyte()
    {
        Assert.True(KprobeSettings.TryParse("probe=vfs_read", out KprobeSettings settings, out _));
        Assert.Equal(new KprobeSettings { Probe = "vfs_read", SpoolMegabytes = 1024 }, settings);
    }

    [Theory]
    [InlineData("", "name the function")]
    [InlineData("tgid=1", "name the function")]
    [InlineData("probe=", "name the function")]
    [InlineData("probe=vfs_read pid=x", "pid takes a whole number from 0")]
    [InlineData("probe=vfs_read pid=-1", "pid takes")]
    [InlineData("probe=vfs_read pid=", "pid takes")]
    [InlineData("probe=vfs_read pid=99999999999", "pid takes")]
    [InlineData("probe=vfs_read dump-style=2", "dump-style takes a whole number from 0 to 1")]
    [InlineData("probe=vfs_read spool-mb=0", "spool-mb takes")]
    [InlineData("probe=vfs_read size=3", "there is no setting 'size'")]
    [InlineData("probe=vfs_read tgid", "'tgid' has no value")]
    [InlineData("probe=vfs_read probe=vfs_write", "probe is given twice")]
    [InlineData("probe=vfs_read cpu=1-0", "cpu: range '1-0'")]
    [InlineData("probe=vfs_read comm=\"a\u0001b\"", "comm holds a control character")]
    [InlineData("probe=a;b", "probe: ")]
    public void What_is_wrong_is_named(string text, string reason)
    {
        Assert.False(KprobeSettings.TryParse(text, out _, out string error));
        Assert.StartsWith(reason, error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_first_mistake_is_told_and_the_rest_is_kept()
    {
        Assert.False(KprobeSettings.TryParse("tgid=x probe=vfs_read pid=y verbose=7", out KprobeSettings settings, out string error));
        Assert.StartsWith("tgid", error, StringComparison.Ordinal);
        Assert.Equal(new KprobeSettings { Probe = "vfs_read", Verbose = 7 }, settings);
    }

    [Fact]
    public void Lines_keep_everything() => Gen.Select(
        Gen.String[Gen.Char[' ', '~'], 0, 20], Gen.Int[0, int.MaxValue], Gen.Int[0, 1], Gen.Int[1, 1 << 20]).Sample((text, number, flag, size) =>
    {
        var settings = new KprobeSettings
        {
            Probe = text, Comm = text, Cpus = text, Tgid = number, Pid = number, Verbose = number, SampleStep = number,
            DumpStyle = flag, RawStack = flag, SpoolMegabytes = size, NoDotNet = flag,
        };
        Assert.Equal(settings, KprobeSettings.FromLines(settings.ToLines()));
    });

    [Theory]
    [InlineData("")]
    [InlineData("\n\n=\nx\ntgid=many\n")]
    public void Lines_that_make_no_sense_are_passed_over(string text) =>
        Assert.Equal(new KprobeSettings(), KprobeSettings.FromLines(text));

    [Fact]
    public void A_request_has_the_filters()
    {
        Assert.True(KprobeSettings.TryParse("probe=vfs_read tgid=1 comm=x cpu=0 sample-step=9", out KprobeSettings settings, out _));
        RecordingRequest request = settings.ToRequest();
        Assert.Equal(("kprobe:vfs_read", 1, 0, "x", "0", 9ul),
            (request.Probe.ToString(), request.Tgid, request.Pid, request.Comm, request.Cpus, request.Step));
        request = (settings with { Comm = "", Cpus = "" }).ToRequest();
        Assert.Equal((null, null), (request.Comm, request.Cpus));
    }

    [Fact]
    public void Json_is_json_whatever_the_names_hold()
    {
        string text = SettingsText.Json(new KprobeSettings { Comm = "a\"b\\c\u001f\U0001F600", Cpus = "0-1" }, isActive: true);
        using var document = System.Text.Json.JsonDocument.Parse(text);
        Assert.Equal("a\"b\\c\u001f\U0001F600", document.RootElement.GetProperty("comm").GetString());
        Assert.Equal(1, document.RootElement.GetProperty("activated").GetInt32());
        using var failure = System.Text.Json.JsonDocument.Parse(SettingsText.JsonFailure("no \"way\""));
        Assert.Equal("no \"way\"", failure.RootElement.GetProperty("err").GetString());
    }

    [Theory]
    [InlineData("", "fp")]
    [InlineData(" raw-stack=0", "fp")]
    [InlineData(" raw-stack=1", "dwarf,16384")]
    [InlineData(" raw-stack=8193", "dwarf,8200")]
    public void User_stacks_are_copied_where_that_is_asked_for(string setting, string expected)
    {
        Assert.True(KprobeSettings.TryParse("probe=vfs_read" + setting, out KprobeSettings settings, out string error), error);
        Assert.Equal(expected, settings.ToRequest().UserStack.ToString());
        Assert.Equal(expected, KprobeSettings.FromLines(settings.ToLines()).ToRequest().UserStack.ToString());
    }

    [Theory]
    [InlineData("2")]
    [InlineData("255")]
    [InlineData("65529")]
    [InlineData("dwarf")]
    public void A_copy_of_no_sense_is_refused(string value)
    {
        Assert.False(KprobeSettings.TryParse($"probe=vfs_read raw-stack={value}", out _, out string error));
        Assert.Contains("raw-stack", error, StringComparison.Ordinal);
    }
}
