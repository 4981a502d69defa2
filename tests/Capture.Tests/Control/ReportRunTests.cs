using Diagnose.Capture.Control;
using Diagnose.Formats.Recording;
using Diagnose.Formats.Trace;

namespace Diagnose.Capture.Tests.Control;

public sealed class ReportRunTests : IDisposable
{
    private readonly TemporaryFolders _temporary = new();
    private readonly List<string> _said = [];

    private StateFolders Folders => _temporary.Folders;

    private string Target => _temporary.Top + "/out.dtt";

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void What_a_crash_of_the_machine_left_is_put_aside_and_told_once()
    {
        var good = new MemoryStream();
        using (var trace = new TraceWriter(good))
            trace.Finish();
        Put(1, []);
        Put(2, good.ToArray());
        Put(3, new byte[5000]);
        Assert.Equal(1, new ReportRun(Folders, _said.Add).MoveTo(Target));
        Assert.Equal(good.ToArray(), File.ReadAllBytes(Target));
        Assert.Equal(2, _said.Count);
        Assert.All(_said, said => Assert.StartsWith("7 hits are lost: their file was damaged", said, StringComparison.Ordinal));
        Put(4, good.ToArray());
        Assert.Equal(0, new ReportRun(Folders, _said.Add).MoveTo(Target));
        Assert.Equal(2, _said.Count);
    }

    [Fact]
    public void A_link_of_the_machine_is_not_replaced()
    {
        var good = new MemoryStream();
        using (var trace = new TraceWriter(good))
            trace.Finish();
        Put(1, good.ToArray());
        if (!Environment.IsPrivilegedProcess || new FileInfo("/dev/fd").LinkTarget is null)
            Assert.Skip("only root could replace it");
        string link = "/dev/diagnose-test-" + Environment.ProcessId;
        File.WriteAllText(Target, "kept");
        File.CreateSymbolicLink(link, Target);
        try
        {
            Assert.Equal(1, new ReportRun(Folders, _said.Add).MoveTo(link));
            Assert.Equal(Target, new FileInfo(link).LinkTarget);
            Assert.Contains("it is a link", Assert.Single(_said), StringComparison.Ordinal);
            Assert.Single(SpoolFile.List(Folders.Taken));
        }
        finally
        {
            File.Delete(link);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_move_that_was_killed_after_the_rename_is_finished_and_one_before_it_is_undone(bool isRenamed)
    {
        var good = new MemoryStream();
        using (var trace = new TraceWriter(good))
            trace.Finish();
        Put(1, good.ToArray());
        SpoolFile segment = SpoolFile.List(Folders.Spool)[0];
        File.Move(segment.Path, $"{Folders.Taken}/{Path.GetFileName(segment.Path)}");
        string half = Target + ".new";
        File.WriteAllBytes(half, good.ToArray());
        File.WriteAllText(Target, "an older one");
        new MoveIntent(Folders).Write(half, Target, SpoolFile.List(Folders.Taken));
        if (isRenamed)
            File.Move(half, Target, overwrite: true);
        Put(2, good.ToArray());
        Assert.Equal(0, new ReportRun(Folders, _said.Add).MoveTo(_temporary.Top + "/next.dtt"));
        Assert.Equal(good.Length * (isRenamed ? 1 : 2), new FileInfo(_temporary.Top + "/next.dtt").Length);
        Assert.Empty(Directory.GetFiles(Folders.Taken));
    }

    private void Put(int number, byte[] bytes) =>
        File.WriteAllBytes($"{Folders.Spool}/{SpoolFile.NameOf(number, new EndedSegment(7, 0, 0))}", bytes);
}
