using Diagnose.Commands;

namespace Diagnose.Analyze.Commands;

/// <summary>What to say when standard output cannot be written.</summary>
internal static class OutputFailure
{
    /// <param name="mustBeRead">True where it matters that everything is read: a reader that went away is a failure, too.</param>
    public static int Conclude(string command, IOException failure, bool mustBeRead = false)
    {
        // Whoever reads on has seen enough, as head does: no reason to complain.
        if (failure.HResult == StandardOutput.BrokenPipe && !mustBeRead)
            return 0;
        TraceInput.Say(command, $"cannot write: {failure.Message}");
        return 1;
    }
}
