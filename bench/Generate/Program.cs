using System.CommandLine;
using System.Globalization;
using Diagnose.Bench.Generate;

var shape = new TraceShape();
Option<long> hits = Number("--hits", "hits in the trace", shape.Hits, 0, 1L << 40);
Option<long> stacks = Number("--stacks", "distinct stacks", shape.Stacks, 1, TraceShape.MostStacks);
Option<long> threads = Number("--threads", "threads that run", shape.Threads, 1, TraceShape.MostThreads);
Option<long> cpus = Number("--cpus", "CPUs that they run on", shape.Cpus, 1, TraceShape.MostCpus);
Option<long> seed = Number("--seed", "another seed gives another trace; equal options give equal bytes", (long)shape.Seed, 0, long.MaxValue);
var output = new Option<string>("--output", "-o") { Description = "the trace to write", HelpName = "FILE.dtt", Required = true };
var command = new RootCommand("Writes a trace of any size for benchmarks, without recording one.") { hits, stacks, threads, cpus, seed, output };
command.SetAction(result =>
{
    string path = result.GetRequiredValue(output);
    var wanted = new TraceShape
    {
        Hits = result.GetValue(hits),
        Stacks = (int)result.GetValue(stacks),
        Threads = (int)result.GetValue(threads),
        Cpus = (int)result.GetValue(cpus),
        Seed = (ulong)result.GetValue(seed),
    };
    try
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        long bytes = TraceGenerator.Write(wanted, file);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{path}: {wanted.Hits} hits, {bytes} bytes, {bytes / Math.Max(1.0, wanted.Hits):0.00} for each hit"));
        return 0;
    }
    catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
    {
        Console.Error.WriteLine($"Generate: cannot write {path}: {failure.Message}");
        return 1;
    }
});
ParseResult parsed = command.Parse(args);
if (parsed.Errors.Count == 0 || parsed.Action is { ClearsParseErrors: true })
    return parsed.Invoke();
Console.Error.WriteLine($"Generate: {parsed.Errors[0].Message}");
return 2;

static Option<long> Number(string name, string description, long usual, long least, long most) => new(name)
{
    Description = description,
    HelpName = "N",
    DefaultValueFactory = _ => usual,
    CustomParser = result =>
    {
        string text = result.Tokens.Count == 0 ? "" : result.Tokens[0].Value;
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) || number < least || number > most)
            result.AddError($"{name} takes a whole number from {least} to {most}, not '{text}'");
        return number;
    },
};
