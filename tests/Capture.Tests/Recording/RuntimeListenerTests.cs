using Diagnose.Formats.Recording;

namespace Diagnose.Capture.Tests.Recording;

public sealed class RuntimeListenerTests : IRuntimeListener, IDisposable
{
    private const string Runtime = "/usr/share/dotnet/shared/Microsoft.NETCore.App/10.0.0/libcoreclr.so";

    private readonly List<int> _met = [];
    private readonly PlayedRecording _played = new();

    public RuntimeListenerTests() => _played.Recorder.Runtimes = this;

    void IRuntimeListener.Met(TracedProcess process) => _met.Add(process.Pid);

    public void Dispose() => _played.Dispose();

    [Fact]
    public void Only_processes_that_are_hit_are_met_and_each_once()
    {
        _played.Map(10, 0x10000, 0x1000, 0, Runtime);
        _played.Map(20, 0x10000, 0x1000, 0, Runtime);
        _played.Map(30, 0x10000, 0x1000, 0, "/usr/bin/libcoreclr.so.not");
        Assert.Empty(_met);
        _played.Hit(10, 10);
        _played.Hit(10, 11);
        _played.Hit(10, 10);
        _played.Hit(30, 30);
        Assert.Equal([10], _met);
    }

    [Fact]
    public void A_runtime_that_is_loaded_after_the_first_hit_is_met_when_it_is()
    {
        _played.Hit(10, 10);
        _played.Map(10, 0x10000, 0x1000, 0, "/usr/lib/libc.so.6");
        Assert.Empty(_met);
        // One that is linked into its program.
        _played.Map(10, 0x20000, 0x1000, 0, "/memfd:doublemapper (deleted)");
        Assert.Equal([10], _met);
    }

    [Fact]
    public void The_next_program_of_a_process_has_a_runtime_of_its_own_and_a_forked_child_none()
    {
        _played.Map(10, 0x10000, 0x1000, 0, Runtime);
        _played.Hit(10, 10);
        _played.Fork(20, 20, 10, 10);
        _played.Hit(20, 20);
        Assert.Equal([10], _met);
        _played.Named(10, 10, "next", isExec: true);
        _played.Hit(10, 10);
        Assert.Equal([10], _met);
        _played.Map(10, 0x10000, 0x1000, 0, Runtime);
        Assert.Equal([10, 10], _met);
    }

    [Fact]
    public void Processes_that_filters_leave_out_are_left_alone()
    {
        using var other = new PlayedRecording(filter: new HitFilter(10, 0, 0, 0));
        other.Recorder.Runtimes = this;
        other.Map(20, 0x10000, 0x1000, 0, Runtime);
        other.Hit(20, 20);
        Assert.Empty(_met);
    }
}
