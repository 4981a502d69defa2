using System.CommandLine;
using Diagnose.Analyze.Commands;

var root = new RootCommand("Reads traces: who called the probed function, and from where.")
{
    ReportCommand.Create(), FlameCommand.Create(), InfoCommand.Create(),
};
ParseResult parsed = root.Parse(args);
int status = parsed.Invoke();
return parsed.Errors.Count > 0 ? 2 : status;
