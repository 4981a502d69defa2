namespace Diagnose.Analyze.Commands;

/// <summary>What to say when standard output cannot be written.</summary>
internal static class OutputFailure
{
    private const int BrokenPipe = 32;

    public static int Conclude(string command, IOException failure)
    {
        // Whoever reads on has seen enough, as head does: no reason to complain.
        if (failure.HResult == BrokenPipe)
            return 0;
        TraceInput.Say(command, $"cannot write: {failure.Message}");
        return 1;
    }
}
