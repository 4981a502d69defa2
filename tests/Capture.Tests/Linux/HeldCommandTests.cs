using System.Runtime.CompilerServices;
using Diagnose.Capture.Linux;

namespace Diagnose.Capture.Tests.Linux;

public sealed class HeldCommandTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    // The test program plays the sampler, which starts itself again.
    [ModuleInitializer]
    internal static void BecomeTheHeldProcess()
    {
        var args = Environment.GetCommandLineArgs();
        var at = Array.IndexOf(args, HeldCommand.HeldArgument);
        if (at == 1) Environment.Exit(HeldCommand.RunHeld(args.AsSpan(at)));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_command_does_nothing_before_it_is_released_and_keeps_its_process_id()
    {
        var file = Path.Combine(folder, "pid");
        using var held = Start("sh", "-c", $"echo $$ > {file}; exit 3");
        Thread.Sleep(200);
        Assert.False(File.Exists(file));
        Assert.False(held.TryGetExit(out _));
        Assert.Null(held.Release());
        Assert.Equal(3, WaitForExit(held));
        Assert.Equal($"{held.Pid}\n", File.ReadAllText(file));
    }

    [Fact]
    public void A_command_that_cannot_run_is_told_to_the_parent_and_ends_with_127()
    {
        using var held = Start("no-such-command-anywhere");
        Assert.Equal("cannot run 'no-such-command-anywhere': No such file or directory", held.Release());
        Assert.Equal(127, WaitForExit(held));
    }

    [Fact]
    public void A_command_whose_sampler_dies_never_runs()
    {
        var file = Path.Combine(folder, "ran");
        var held = Start("touch", file);
        held.Dispose();
        WaitForExit(held);
        Assert.False(File.Exists(file));
    }

    [Fact]
    public void A_signal_is_told_as_a_shell_does()
    {
        using var held = Start("sleep", "100");
        Assert.Null(held.Release());
        held.Kill(15);
        Assert.Equal(128 + 15, WaitForExit(held));
    }

    [Fact]
    public void A_command_dies_of_a_broken_pipe_as_it_would_without_us()
    {
        using var held = Start("sh", "-c", "kill -PIPE $$; exit 0");
        Assert.Null(held.Release());
        Assert.Equal(128 + 13, WaitForExit(held));
    }

    private static HeldCommand Start(params string[] command)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "Capture.Tests");
        if (!File.Exists(program)) Assert.Skip("the test program has no executable of its own to start again");
        Assert.True(HeldCommand.TryStart(command, out var held, out var errno, program), $"errno {errno}");
        return held!;
    }

    private static int WaitForExit(HeldCommand held)
    {
        using var wake = new WakeEvent();
        var poll = new RingPoll([held.PidFd], wake);
        for (var i = 0; i < 100; i++)
        {
            if (held.TryGetExit(out var code)) return code;
            if (held.PidFd >= 0) poll.Wait(100);
            else Thread.Sleep(100);
        }

        held.Kill(9);
        throw new TimeoutException("the command did not end");
    }
}
