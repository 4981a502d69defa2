using System.CommandLine;
using Diagnose.Capture.Commands;
using Diagnose.Capture.Linux;
using Diagnose.Commands;

if (args is [HeldCommand.HeldArgument, ..])
    return HeldCommand.RunHeld(args);

(string[] options, string[] command) = OneLineErrors.Split(args);
var root = new RootCommand("Records who calls a kernel function, and from where.") { RecordCommand.Create(command) };
return OneLineErrors.Invoke(root, options);
