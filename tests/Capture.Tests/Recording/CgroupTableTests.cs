
namespace Diagnose.Capture.Tests.Recording;

public sealed class CgroupTableTests : IDisposable
{
    private readonly PlayedMachine _machine = new();
    private readonly PlayedRecording _played;

    public CgroupTableTests() => _played = new PlayedRecording(_machine);

    public void Dispose() => _played.Dispose();

    [Fact]
    public void The_hits_own_group_counts_whether_it_was_announced_or_is_looked_up()
    {
        _machine.CgroupPaths[5] = "/old";
        _played.Cgroup(6, "/new");
        Assert.Equal("/old /new", Groups(5, 6));
    }

    [Fact]
    public void Where_hits_name_the_root_or_nothing_the_process_knows_better()
    {
        _machine.CgroupPaths[1] = "/";
        _machine.CgroupOfProcess[10] = "/shop";
        Assert.Equal("/shop /shop", Groups(1, 0));
    }

    [Fact]
    public void A_process_that_is_gone_is_taken_to_be_where_its_parent_is()
    {
        _machine.CgroupOfProcess[9] = "/parent";
        _played.Fork(10, 10, 9, 9);
        _played.Named(10, 10, "gone", isExec: true);
        Assert.Equal("/parent", Groups(0));
    }

    [Fact]
    public void A_process_is_asked_again_after_an_exec_and_not_before()
    {
        _machine.CgroupOfProcess[10] = "/before";
        _played.Hit(10, 10, time: 1);
        _machine.CgroupOfProcess[10] = "/after";
        _played.Hit(10, 10, time: 2);
        _played.Named(10, 10, "service", isExec: true);
        _played.Hit(10, 10, time: 3);
        RecordedTrace trace = _played.Read();
        Assert.Contains("in /before:", trace.Who(1), StringComparison.Ordinal);
        Assert.Contains("in /after:", trace.Who(2), StringComparison.Ordinal);
    }

    [Fact]
    public void An_id_that_is_announced_anew_is_another_group()
    {
        _played.Cgroup(6, "/first");
        _played.Hit(10, 10, time: 1, cgroup: 6);
        _played.Cgroup(6, "/second");
        _played.Hit(11, 11, time: 2, cgroup: 6);
        RecordedTrace trace = _played.Read();
        Assert.Contains("in /first:", trace.Who(0), StringComparison.Ordinal);
        Assert.Contains("in /second:", trace.Who(1), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_groups_that_come_by_the_thousands_the_last_are_known()
    {
        for (ulong id = 100; id < 20_000; id++)
            _played.Cgroup(id, $"/run-{id}");
        Assert.Equal("/run-19999 ", Groups(19_999, 100));
    }

    private string Groups(params ulong[] ids)
    {
        for (int i = 0; i < ids.Length; i++)
            _played.Hit(10, 10, time: (ulong)i + 1, cgroup: ids[i]);
        RecordedTrace trace = _played.Read();
        return string.Join(' ', trace.Hits.Select(hit =>
            trace.Text(trace.Definitions.Cgroup(trace.Definitions.Context(hit.Context).Cgroup).Path)));
    }
}
