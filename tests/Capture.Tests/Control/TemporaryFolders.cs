using Diagnose.Capture.Control;

namespace Diagnose.Capture.Tests.Control;

/// <summary>State folders of a test's own.</summary>
internal sealed class TemporaryFolders : IDisposable
{
    private readonly DirectoryInfo _top = Directory.CreateTempSubdirectory("diagnose-state-");

    public TemporaryFolders()
    {
        Folders = new StateFolders($"{_top.FullName}/run", $"{_top.FullName}/lib");
        Assert.Equal(0, Folders.Open(make: true, out string why));
        Assert.Equal("", why);
    }

    public string Top => _top.FullName;

    public StateFolders Folders { get; }

    public void Dispose() => _top.Delete(recursive: true);
}
