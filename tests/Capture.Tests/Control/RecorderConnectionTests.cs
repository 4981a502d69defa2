using Diagnose.Capture.Control;
using Diagnose.Capture.Linux;

namespace Diagnose.Capture.Tests.Control;

public sealed class RecorderConnectionTests : IDisposable
{
    private readonly TemporaryFolders _temporary = new();

    private StateFolders Folders => _temporary.Folders;

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void One_that_lives_and_cannot_be_reached_is_not_taken_for_ended()
    {
        using var recorder = new RecorderPresence(Folders);
        Assert.True(recorder.TryBecome());
        using var asking = new RecorderPresence(Folders);
        Assert.Equal(110, RecorderConnection.Stop(Folders, asking, out string why, mostMs: 20));
        Assert.Contains("does not answer", why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_is_still_arming_its_probe_is_waited_for_and_ended()
    {
        var recorder = new RecorderPresence(Folders);
        Assert.True(recorder.TryBecome());
        using var asking = new RecorderPresence(Folders);
        Task<int> stopped = Task.Run(() => RecorderConnection.Stop(Folders, asking, out _, mostMs: 20_000), TestContext.Current.CancellationToken);
        using (var listener = new PacketListener(Folders.Socket))
        {
            while (listener.Next(out _) != BackgroundRecorder.Stop)
                await Task.Delay(1, TestContext.Current.CancellationToken);
            recorder.Dispose();
        }

        Assert.Equal(0, await stopped);
    }

    [Fact]
    public void One_that_left_without_its_socket_has_ended()
    {
        using var asking = new RecorderPresence(Folders);
        Assert.Equal(0, RecorderConnection.Stop(Folders, asking, out _, mostMs: 20));
    }
}
