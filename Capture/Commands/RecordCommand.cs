using System.CommandLine;
using System.Globalization;
using Diagnose.Capture.Probes;

namespace Diagnose.Capture.Commands;

/// <summary>The command line of <c>record</c>.</summary>
internal static class RecordCommand
{
    public static Command Create()
    {
        var probe = new Option<string>("--probe")
        {
            Description = "what to sample: NAME[+OFFSET] or kprobe:NAME (a kernel function), kretprobe:NAME, "
                + "uprobe:FILE:SYMBOL, uprobe:FILE:+OFFSET, tracepoint:SYSTEM:NAME, software:cpu-clock",
            HelpName = "PROBE",
            Required = true,
        };
        var tgid = new Option<int>("--tgid") { Description = "only this process", HelpName = "N" };
        var pid = new Option<int>("--pid") { Description = "only this thread", HelpName = "N" };
        var comm = new Option<string?>("--comm")
        {
            Description = "only processes of this name (the name of the main thread)",
            HelpName = "NAME",
        };
        var cpu = new Option<string?>("--cpu") { Description = "only these CPUs, such as 0-16,23", HelpName = "LIST" };
        var period = new Option<ulong>("--period")
        {
            Description = "one hit for N events (nanoseconds for the clocks; default 1, for the clocks 1000000)",
            HelpName = "N",
        };
        var duration = new Option<double>("--duration") { Description = "stop after this many seconds", HelpName = "SECONDS" };
        var output = new Option<string>("--output", "-o")
        {
            Description = "the trace to write (default diagnose.dtt; - is standard output)",
            HelpName = "FILE",
            DefaultValueFactory = _ => "diagnose.dtt",
        };
        var ring = new Option<int>("--ring-mb")
        {
            Description = "ring buffer for each CPU, in MiB (default 8)",
            HelpName = "MIB",
            DefaultValueFactory = _ => 8,
        };
        var commandOnly = new Option<bool>("--command-only")
        {
            Description = "only COMMAND and what it starts, not the whole machine while it runs",
        };
        var command = new Argument<string[]>("command")
        {
            Description = "-- COMMAND ARGS...: record until this command ends",
            Arity = ArgumentArity.ZeroOrMore,
        };
        tgid.Validators.Add(result => Positive(result, tgid));
        pid.Validators.Add(result => Positive(result, pid));
        duration.Validators.Add(result =>
        {
            if (!result.Errors.Any() && !(result.GetValueOrDefault<double>() is > 0 and < 1e9))
                result.AddError("--duration takes a number of seconds above 0");
        });
        ring.Validators.Add(result =>
        {
            if (!result.Errors.Any() && result.GetValueOrDefault<int>() is < 1 or > 1024)
                result.AddError("--ring-mb takes 1 to 1024");
        });

        var record = new Command("record", "Samples a probe with callchains into a trace file.")
        {
            probe, tgid, pid, comm, cpu, period, duration, output, ring, commandOnly, command,
        };
        record.SetAction(result =>
        {
            if (!Probe.TryParse(result.GetRequiredValue(probe), out Probe? parsed, out string error))
                return Usage(error);
            var options = new RecordOptions
            {
                Probe = parsed!,
                Tgid = result.GetValue(tgid),
                Pid = result.GetValue(pid),
                Comm = result.GetValue(comm),
                Cpus = result.GetValue(cpu),
                Period = result.GetValue(period),
                Duration = result.GetValue(duration),
                Output = result.GetValue(output)!,
                RingMegabytes = result.GetValue(ring),
                CommandOnly = result.GetValue(commandOnly),
                Command = result.GetValue(command) ?? [],
            };
            if (options.CommandOnly && options.Command.Length == 0)
                return Usage("--command-only needs a command after --");
            if (options.CommandOnly && (options.Tgid != 0 || options.Pid != 0))
                return Usage("--command-only and --tgid or --pid exclude each other");
            return RecordRun.Run(options);
        });
        return record;
    }

    private static void Positive(System.CommandLine.Parsing.OptionResult result, Option<int> option)
    {
        if (!result.Errors.Any() && result.GetValueOrDefault<int>() <= 0)
            result.AddError(string.Create(CultureInfo.InvariantCulture, $"{option.Name} takes a number above 0"));
    }

    private static int Usage(string error)
    {
        Console.Error.WriteLine($"diagnose-tools record: {error}");
        return 2;
    }
}
