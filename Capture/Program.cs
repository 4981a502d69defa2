using System.CommandLine;
using Diagnose.Capture.Commands;
using Diagnose.Capture.Linux;

if (args is [HeldCommand.HeldArgument, ..])
    return HeldCommand.RunHeld(args);

var root = new RootCommand("Records who calls a kernel function, and from where.") { RecordCommand.Create() };
ParseResult parsed = root.Parse(args);
int status = parsed.Invoke();
return parsed.Errors.Count > 0 ? 2 : status;
