using System.CommandLine;
using Diagnose.Capture.Commands;
using Diagnose.Capture.Control;
using Diagnose.Capture.Linux;
using Diagnose.Commands;

if (args is [HeldCommand.HeldArgument, ..])
    return HeldCommand.RunHeld(args);

if (args is [BackgroundRecorder.Argument, ..])
    return BackgroundRecorder.Run(args);
// Its arguments follow rules of their own.
if (args is [KprobeCommand.Name, ..])
    return KprobeCommand.Run(args.AsSpan(1));

(string[] options, string[] command) = OneLineErrors.Split(args);
var root = new RootCommand("Records who calls a kernel function, and from where.") 
{
    RecordCommand.Create(command),
    new Command(KprobeCommand.Name, "Records in the background: --activate, --report, --settings, --deactivate."),
};
return OneLineErrors.Invoke(root, options);
