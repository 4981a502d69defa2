using System.Text;
using Diagnose.Formats.Report;

namespace Diagnose.Formats.Tests.Report;

public class CgroupNameTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("/", "/")]
    [InlineData("//", "/")]
    [InlineData("/system.slice/sshd.service", "sshd.service")]
    [InlineData("/a/b/", "b")]
    [InlineData("plain", "plain")]
    public void The_last_part_of_the_path_is_the_name(string path, string name) =>
        Assert.Equal(name, Encoding.UTF8.GetString(CgroupName.Of(Encoding.UTF8.GetBytes(path))));
}
