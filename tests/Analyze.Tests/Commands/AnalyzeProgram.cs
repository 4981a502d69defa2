using System.Diagnostics;

namespace Diagnose.Analyze.Tests.Commands;

/// <summary>The program itself, as it was built beside its tests.</summary>
internal static class AnalyzeProgram
{
    public static (int Status, string Output, string Error) Run(params string[] args) => RunIn("", "", args);

    public static (int Status, string Output, string Error) RunIn(string folder, string input, params string[] args) =>
        Start(Path.Combine(AppContext.BaseDirectory, "diagnose-analyze"), folder, input, args);

    /// <summary>Runs a shell's command line; <c>$0</c> in it is the program.</summary>
    public static (int Status, string Output, string Error) Shell(string folder, string line) =>
        Start("/bin/sh", folder, "", ["-c", line, Path.Combine(AppContext.BaseDirectory, "diagnose-analyze")]);

    private static (int Status, string Output, string Error) Start(string file, string folder, string input, string[] args)
    {
        if (!File.Exists(Path.Combine(AppContext.BaseDirectory, "diagnose-analyze")))
            Assert.Skip("the program was not built beside its tests");
        using var process = Process.Start(new ProcessStartInfo(file, args)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        process.WaitForExit();
        return (process.ExitCode, output.Result, error.Result);
    }
}
