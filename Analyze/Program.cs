using System.CommandLine;
using Diagnose.Analyze.Commands;
using Diagnose.Commands;

var root = new RootCommand("Reads traces: who called the probed function, and from where.")
{
    ImportCommand.Create(), ReportCommand.Create(), FlameCommand.Create(), SummaryCommand.Create(), TopCommand.Create(), InfoCommand.Create(),
};
return OneLineErrors.Invoke(root, args);
