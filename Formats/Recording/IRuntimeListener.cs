namespace Diagnose.Formats.Recording;

/// <summary>Told of processes that have loaded a managed runtime, which can say what it calls the code that it makes.</summary>
internal interface IRuntimeListener
{
    /// <summary>A .NET process was hit, or is what is recorded. Called once for each program that it runs.</summary>
    void Met(TracedProcess process);
}
