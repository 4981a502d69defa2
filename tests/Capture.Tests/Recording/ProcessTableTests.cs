using Diagnose.Formats.Recording;
using Diagnose.Formats.Trace;

namespace Diagnose.Capture.Tests.Recording;

public sealed class ProcessTableTests : IDisposable
{
    private readonly PlayedMachine _machine = new();
    private readonly PlayedRecording _played;

    public ProcessTableTests()
    {
        _played = new PlayedRecording(_machine);
        _played.Named(1, 1, "init");
        _played.Fork(10, 10, 1, 1);
        _played.Named(10, 10, "shop", isExec: true);
    }

    public void Dispose() => _played.Dispose();

    [Fact]
    public void A_process_in_a_pid_namespace_keeps_its_id_there_and_is_asked_for_it_once()
    {
        _machine.InnerPids[20] = 1;
        _played.Named(20, 20, "contained");
        _played.Hit(20, 20, time: 1);
        _machine.InnerPids[20] = 7;
        _played.Hit(30, 30, time: 2);
        _played.Named(20, 20, "renamed");
        _played.Hit(20, 20, time: 3);
        RecordedTrace trace = _played.Read();
        Assert.Equal([1u, 0u, 1u], Enumerable.Range(0, 3).Select(hit =>
            trace.Definitions.Process(trace.Definitions.Context(trace.Hits[hit].Context).Process).InnerPid));
    }

    [Fact]
    public void A_thread_belongs_to_its_process_and_has_a_name_of_its_own()
    {
        _played.Fork(10, 11, 10, 10);
        _played.Named(10, 11, "worker");
        _played.Hit(10, 11, time: 1);
        _played.Hit(10, 10, time: 2);
        RecordedTrace trace = _played.Read();
        Assert.Equal("11/worker in : shop(10) < init(1)", trace.Who(0));
        Assert.Equal("10/shop in : shop(10) < init(1)", trace.Who(1));
    }

    [Fact]
    public void A_forked_process_has_its_parents_name_until_it_execs_and_each_hit_keeps_what_was_true_then()
    {
        _played.Fork(20, 20, 10, 10);
        _played.Hit(20, 20, time: 1);
        _played.Named(20, 20, "sort", isExec: true);
        _played.Hit(20, 20, time: 2);
        _played.Named(10, 10, "renamed");
        _played.Hit(20, 20, time: 3);
        RecordedTrace trace = _played.Read();
        Assert.Equal("20/shop in : shop(20) < shop(10) < init(1)", trace.Who(0));
        Assert.Equal("20/sort in : sort(20) < shop(10) < init(1)", trace.Who(1));
        Assert.Equal("20/sort in : sort(20) < renamed(10) < init(1)", trace.Who(2));
    }

    [Fact]
    public void A_chain_is_written_anew_only_when_something_in_it_changed()
    {
        for (int pid = 100; pid < 200; pid++)
        {
            _played.Fork(pid, pid, 1, 1);
            _played.Hit(10, 10, time: (ulong)pid);
            _played.Exit(pid, pid, (ulong)pid);
        }

        RecordedTrace trace = _played.Read();
        Assert.Equal(2, trace.Rows(TableId.Processes));
        Assert.Equal(1, trace.Rows(TableId.Contexts));
    }

    [Fact]
    public void Orphans_go_to_whom_the_live_system_says_or_to_pid_1()
    {
        _played.Fork(20, 20, 10, 10);
        _played.Fork(21, 21, 20, 20);
        _played.Fork(22, 22, 20, 20);
        _machine.Parents[21] = 10;
        _played.Exit(20, 20);
        _played.Hit(21, 21, time: 1);
        _played.Hit(22, 22, time: 2);
        _played.Hit(20, 20, time: 3);
        RecordedTrace trace = _played.Read();
        Assert.Equal("21/shop in : shop(21) < shop(10) < init(1)", trace.Who(0));
        Assert.Equal("22/shop in : shop(22) < init(1)", trace.Who(1));
        Assert.Equal("20/shop in : shop(20) < shop(10) < init(1)", trace.Who(2));
    }

    [Fact]
    public void A_thread_that_ended_can_still_be_hit_for_a_while_and_is_then_forgotten()
    {
        _played.Fork(20, 20, 10, 10, time: 1_000_000_000);
        _played.Exit(20, 20, time: 2_000_000_000);
        _played.Processes.Sweep(3_000_000_000);
        _played.Hit(20, 20);
        Assert.True(_played.Processes.Processes.ContainsKey(20));
        _played.Processes.Sweep(5_000_000_000);
        Assert.False(_played.Processes.Processes.ContainsKey(20));
        Assert.Equal("20/shop in : shop(20) < shop(10) < init(1)", _played.Read().Who(0));
    }

    [Fact]
    public void A_pid_that_is_used_again_is_another_process()
    {
        _played.Map(10, 0x1000, 0x1000, 0, "/bin/shop");
        _played.Fork(20, 20, 10, 10, time: 1);
        _played.Hit(20, 20, time: 1);
        _played.Exit(20, 20, time: 2);
        _played.Fork(20, 20, 1, 1, time: 3);
        _played.Named(20, 20, "other", isExec: true);
        _played.Hit(20, 20, time: 4);
        _played.Processes.Sweep(10_000_000_000);
        Assert.True(_played.Processes.Processes.ContainsKey(20));
        RecordedTrace trace = _played.Read();
        Assert.Equal("20/other in : other(20) < init(1)", trace.Who(1));
        Assert.NotEqual(
            trace.Definitions.Context(trace.Hits[0].Context).Space, trace.Definitions.Context(trace.Hits[1].Context).Space);
    }

    [Fact]
    public void A_thread_that_nobody_announced_is_looked_up_with_its_ancestors()
    {
        _machine.Comms[(30, 31)] = "late-worker";
        _machine.Comms[(30, 30)] = "late";
        _machine.Comms[(29, 29)] = "older";
        _machine.Parents[30] = 29;
        _machine.Parents[29] = 1;
        _played.Hit(30, 31);
        Assert.Equal("31/late-worker in : late(30) < older(29) < init(1)", _played.Read().Who(0));
    }

    [Fact]
    public void A_hit_that_names_no_process_is_kept()
    {
        _played.Hit(-1, -1);
        Assert.Equal("0/UNKNOWN in : (0)", _played.Read().Who(0));
    }

    [Fact]
    public void A_live_system_that_makes_parents_of_descendants_makes_no_circle()
    {
        _played.Fork(20, 20, 10, 10);
        _played.Fork(21, 21, 20, 20);
        _played.Fork(22, 22, 21, 21);
        _machine.Parents[21] = 22;
        _played.Exit(20, 20);
        _played.Hit(22, 22);
        RecordedTrace trace = _played.Read();
        Assert.Equal("22/shop in : shop(22) < shop(21)", trace.Who(0));
    }

    [Fact]
    public void An_exec_by_a_worker_leaves_one_thread_under_the_leaders_id()
    {
        _played.Fork(10, 11, 10, 10);
        _played.Fork(10, 12, 10, 10);
        _played.Exit(10, 12, time: 1);
        _played.Exit(10, 10, time: 1);
        _played.Named(10, 10, "next", isExec: true);
        _played.Processes.Sweep(10_000_000_000);
        _played.Hit(10, 10);
        Assert.True(_played.Processes.Processes.ContainsKey(10));
        _played.Exit(10, 10, time: 11_000_000_000);
        _played.Processes.Sweep(20_000_000_000);
        Assert.False(_played.Processes.Processes.ContainsKey(10));
        Assert.Equal("10/next in : next(10) < init(1)", _played.Read().Who(0));
    }

    [Fact]
    public void A_flood_of_forks_leaves_nothing_behind()
    {
        ulong time = 1;
        for (int i = 0; i < 50_000; i++)
        {
            int pid = 100 + i % 30_000;
            time += 1_000_000;
            _played.Fork(pid, pid, 10, 10, time);
            _played.Named(pid, pid, "child" + i % 7, isExec: i % 2 == 0, time);
            if (i % 16 == 0)
                _played.Hit(pid, pid, time);
            _played.Exit(pid, pid, time);
            if (i % 500 == 0)
                _played.Processes.Sweep(time);
        }

        // Mentioned as a parent only, it is heard of once more: at its end.
        _played.Fork(50_001, 50_001, 50_000, 50_000, time);
        _played.Exit(50_001, 50_001, time);
        _played.Exit(50_000, 50_000, time);
        _played.Processes.Sweep(time + 10_000_000_000);
        Assert.Equal([1, 10], _played.Processes.Processes.Keys.Order());
        Assert.Equal(0, _played.Processes.Processes[10].Children);
    }

    [Fact]
    public void Forks_from_forks_keep_no_line_of_spaces()
    {
        _played.Map(10, 0x1000, 0x1000, 0, "/bin/shop");
        ulong time = 10;
        for (int pid = 11; pid < 5_000; pid++)
        {
            _played.Fork(pid, pid, pid - 1, pid - 1, ++time);
            _played.Exit(pid - 1, pid - 1, time);
        }

        AddressSpace last = _played.Processes.Processes[4_999].Space;
        Assert.Equal(10, last.Parent!.Pid);
        Assert.Null(last.Parent.Parent);
        Assert.Equal(11UL, last.ForkTime);
    }

    [Fact]
    public void A_long_line_of_spaces_is_written_parents_first()
    {
        _played.Map(10, 0x1000, 0x1000, 0, "/bin/shop");
        for (int pid = 11; pid < 20_000; pid++)
        {
            _played.Fork(pid, pid, pid - 1, pid - 1, (ulong)pid);
            _played.Map(pid, 0x1000, 0x1000, 0, "/lib/plugin");
        }

        _played.Modules.Define(_played.Processes.Processes[19_999].Space);
        RecordedTrace trace = _played.Read();
        for (int id = 2; id <= trace.Rows(TableId.Spaces); id++)
            Assert.Equal(id - 1, trace.Definitions.Space(id).Parent);
    }
}
