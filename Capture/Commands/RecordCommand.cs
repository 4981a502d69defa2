using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Diagnose.Capture.Linux;
using Diagnose.Capture.Probes;
using Diagnose.Commands;

namespace Diagnose.Capture.Commands;

/// <summary>The command line of <c>record</c>.</summary>
internal static class RecordCommand
{
    /// <param name="command">What follows <c>--</c>, untouched: it may look like options of ours.</param>
    public static Command Create(string[] command)
    {
        var probe = new Option<Probe>("--probe")
        {
            Description = "what to sample: NAME[+OFFSET] or kprobe:NAME (a kernel function), kretprobe:NAME, "
                + "uprobe:FILE:SYMBOL or uprobe:FILE:+OFFSET, uretprobe:FILE:SYMBOL, tracepoint:SYSTEM:NAME, software:cpu-clock",
            HelpName = "PROBE",
            Required = true,
            CustomParser = result =>
            {
                if (!Probe.TryParse(Text(result), out Probe? parsed, out string error))
                    result.AddError($"--probe: {error}");
                return parsed;
            },
        };
        var tgid = OneLineErrors.Whole(
            new Option<long>("--tgid") { Description = "only this process", HelpName = "N" }, 1, int.MaxValue);
        var pid = OneLineErrors.Whole(
            new Option<long>("--pid") { Description = "only this thread", HelpName = "N" }, 1, int.MaxValue);
        var comm = new Option<string>("--comm")
        {
            Description = "only processes of this name (the name of the main thread; the kernel keeps 15 bytes of it)",
            HelpName = "NAME",
            CustomParser = result =>
            {
                if (Text(result).Length == 0)
                    result.AddError("--comm is empty: write the name of a process");
                return Text(result);
            },
        };
        var cpu = new Option<string>("--cpu")
        {
            Description = "only these CPUs, such as 0-16,23",
            HelpName = "LIST",
            CustomParser = result =>
            {
                if (!CpuList.TryParse(Text(result), out _, out string error))
                    result.AddError($"--cpu: {error}");
                return Text(result);
            },
        };
        var period = OneLineErrors.Whole(new Option<long>("--period")
        {
            Description = "one hit for N events (nanoseconds for the clocks; default 1, for the clocks 1000000)",
            HelpName = "N",
        }, 1);
        var duration = new Option<double>("--duration")
        {
            Description = "stop after this many seconds",
            HelpName = "SECONDS",
            CustomParser = result =>
            {
                const NumberStyles plain = NumberStyles.AllowDecimalPoint;
                if (!double.TryParse(Text(result), plain, CultureInfo.InvariantCulture, out double seconds) || seconds is not (> 0 and < 1e9))
                    result.AddError($"--duration takes a number of seconds above 0, not '{Text(result)}'");
                return seconds;
            },
        };
        var output = new Option<string>("--output", "-o")
        {
            Description = "the trace to write (- is standard output)",
            HelpName = "FILE",
            DefaultValueFactory = _ => "diagnose.dtt",
        };
        output.Validators.Add(result =>
        {
            if (!result.Errors.Any() && result.GetValueOrDefault<string>() is "")
                result.AddError("--output is empty: name a file");
        });
        var ring = OneLineErrors.Whole(new Option<long>("--ring-mb")
        {
            Description = "ring buffer for each CPU, in MiB (default 8; with copied stacks up to 64, and 512 for all CPUs)",
            HelpName = "MIB",
        }, 1, 1024);
        var userStack = new Option<UserStack>("--user-stack")
        {
            Description = "how user stacks are found: dwarf[,BYTES] copies so much of each (default 16384) and unwinds it at once; fp follows frame pointers; none",
            HelpName = "HOW",
            DefaultValueFactory = _ => UserStack.Dwarf,
            CustomParser = result =>
            {
                if (!UserStack.TryParse(Text(result), out UserStack parsed, out string error))
                    result.AddError($"--user-stack: {error}");
                return parsed;
            },
        };
        var noDotNet = new Option<bool>("--no-dotnet")
        {
            Description = "ask no .NET process to write the names of its methods (a perf map) while it is recorded",
            Arity = ArgumentArity.Zero,
        };
        var commandOnly = new Option<bool>("--command-only")
        {
            Description = "only COMMAND and what it starts, not the whole machine while it runs",
            Arity = ArgumentArity.Zero,
        };
        // Here for the help text alone: the words of the command never come to the parser.
        var shown = new Argument<string[]>("-- COMMAND")
        {
            Description = "record until this command ends; its own arguments follow it",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var record = new Command("record", "Samples a probe with callchains into a trace file.")
        {
            probe, tgid, pid, comm, cpu, period, duration, output, ring, userStack, noDotNet, commandOnly, shown,
        };
        record.Validators.Add(result =>
        {
            if (result.GetResult(shown) is { Tokens: [var word, ..] })
                result.AddError($"'{word.Value}' is no option; a command to run follows after --");
        });
        record.SetAction(result =>
        {
            var options = new RecordOptions
            {
                Probe = result.GetRequiredValue(probe),
                Tgid = (int)result.GetValue(tgid),
                Pid = (int)result.GetValue(pid),
                Comm = result.GetValue(comm),
                Cpus = result.GetValue(cpu),
                Period = (ulong)result.GetValue(period),
                Duration = result.GetValue(duration),
                Output = result.GetRequiredValue(output),
                RingMegabytes = (int)result.GetValue(ring),
                UserStack = result.GetValue(userStack),
                NoDotNet = result.GetValue(noDotNet),
                CommandOnly = result.GetValue(commandOnly),
                Command = command,
            };
            if (options.Command is ["", ..])
                return OneLineErrors.Refuse(record, "the command after -- is empty");
            if (options.Output == "-" && options.Command.Length > 0)
                return OneLineErrors.Refuse(record, "--output=- and a command exclude each other: both would write to standard output");
            if (options.CommandOnly && options.Command.Length == 0)
                return OneLineErrors.Refuse(record, "--command-only needs a command after --");
            if (options.CommandOnly && (options.Tgid != 0 || options.Pid != 0))
                return OneLineErrors.Refuse(record, "--command-only and --tgid or --pid exclude each other");
            return RecordRun.Run(options);
        });
        return record;
    }

    private static string Text(ArgumentResult result) => result.Tokens.Count == 0 ? "" : result.Tokens[0].Value;
}
