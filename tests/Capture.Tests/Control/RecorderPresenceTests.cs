using Diagnose.Capture.Control;
using Diagnose.Capture.Linux;

namespace Diagnose.Capture.Tests.Control;

public sealed class RecorderPresenceTests : IDisposable
{
    private readonly TemporaryFolders _temporary = new();

    private StateFolders Folders => _temporary.Folders;

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void One_becomes_the_recorder_and_others_see_it_until_it_is_gone()
    {
        using var other = new RecorderPresence(Folders);
        using (var recorder = new RecorderPresence(Folders))
        {
            Assert.Equal(Presence.Nobody, other.Now);
            Assert.True(recorder.TryBecome());
            Assert.Equal(Presence.Here, other.Now);
            Assert.False(other.TryBecome());
            Assert.False(other.WaitForEnd(5));
            recorder.Leave();
        }

        Assert.True(other.WaitForEnd(0));
        Assert.True(other.TryBecome());
    }

    [Fact]
    public void One_that_left_no_word_was_killed_which_is_told_once()
    {
        List<string> said = [];
        using (var killed = new RecorderPresence(Folders))
        {
            Assert.True(killed.TryBecome());
            using var early = new RecorderPresence(Folders);
            early.Tidy(said.Add);
            Assert.Empty(said);
        }

        using var next = new RecorderPresence(Folders);
        next.Tidy(said.Add);
        next.Tidy(said.Add);
        Assert.Equal($"the recorder (process {Environment.ProcessId}) was killed; the hits that it had written until then can be reported", Assert.Single(said));
    }

    [Fact]
    public void One_that_failed_left_the_reason()
    {
        using (var failed = new RecorderPresence(Folders))
        {
            Assert.True(failed.TryBecome());
            failed.NoteFailure("the disk\nis full\u001b[2J");
        }

        List<string> said = [];
        using var next = new RecorderPresence(Folders);
        next.Tidy(said.Add);
        Assert.Contains("ended by itself: the disk is full[2J;", Assert.Single(said), StringComparison.Ordinal);
    }

    [Fact]
    public void One_that_shares_only_one_folder_is_elsewhere()
    {
        using var recorder = new RecorderPresence(Folders);
        Assert.True(recorder.TryBecome());
        foreach (StateFolders shared in (StateFolders[])
            [Folders with { Run = _temporary.Top + "/run2" }, Folders with { Lib = _temporary.Top + "/lib2" }])
        {
            Assert.Equal(0, shared.Open(make: true, out _));
            using var container = new RecorderPresence(shared);
            Assert.Equal(Presence.Elsewhere, container.Now);
            Assert.False(container.TryBecome());
        }

        Assert.Equal(Presence.Here, new RecorderPresence(Folders).Now);
    }

    [Fact]
    public void One_that_is_just_going_is_not_elsewhere()
    {
        var half = new FileStream(Folders.RunLock, StateFolders.PrivateFile(FileMode.OpenOrCreate));
        Assert.True(FileLock.TryTake(half.SafeFileHandle, 0));
        using var other = new RecorderPresence(Folders);
        var going = new Thread(() =>
        {
            Thread.Sleep(5);
            half.Dispose();
        });
        going.Start();
        Assert.Equal(Presence.Nobody, other.Now);
        going.Join();
    }

    [Fact]
    public void What_was_recorded_is_found_after_the_machine_was_started_again()
    {
        Directory.Delete(Folders.Run, recursive: true);
        Assert.Equal(0, Folders.Open(make: false, out _));
        Assert.True(Directory.Exists(Folders.Run));
    }

    [Fact]
    public void Folders_that_others_can_reach_are_refused()
    {
        StateFolders other = Folders with { Run = _temporary.Top + "/open" };
        Directory.CreateDirectory(other.Run, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead);
        Assert.Equal(13, other.Open(make: true, out string why));
        Assert.Contains("is open to other users (mode 740)", why, StringComparison.Ordinal);

        File.CreateSymbolicLink(_temporary.Top + "/link", Folders.Run);
        Assert.Equal(20, (Folders with { Run = _temporary.Top + "/link" }).Open(make: true, out why));
        Assert.Contains("is no folder", why, StringComparison.Ordinal);

        File.SetUnixFileMode(_temporary.Top, (UnixFileMode)0b111_111_111);
        Assert.Equal(13, Folders.Open(make: false, out why));
        Assert.Contains($"others can write to {_temporary.Top}", why, StringComparison.Ordinal);
        File.SetUnixFileMode(_temporary.Top, (UnixFileMode)0b1_111_111_111);
        Assert.Equal(0, Folders.Open(make: false, out _));
    }

    [Fact]
    public void Looking_makes_nothing()
    {
        StateFolders none = new(_temporary.Top + "/a", _temporary.Top + "/b");
        Assert.Equal(2, none.Open(make: false, out _));
        Assert.False(Directory.Exists(none.Run));
    }
}
