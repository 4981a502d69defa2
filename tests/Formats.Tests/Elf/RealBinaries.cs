using System.Diagnostics;
using System.Globalization;

namespace Diagnose.Formats.Tests.Elf;

/// <summary>A temporary folder that goes away with the test.</summary>
internal sealed class TestFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("elf-tests-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

/// <summary>Binaries of this machine and what binutils says about them.</summary>
internal static class RealBinaries
{
    public sealed record Symbol(string Name, ulong Address, ulong Size, string Type, string Section);

    public static string Compile(TestFolder folder, string source, string options)
    {
        var input = System.IO.Path.Combine(folder.Path, "source.c");
        var output = System.IO.Path.Combine(folder.Path, "binary");
        File.WriteAllText(input, source);
        Run("gcc", $"-O1 -Wl,--build-id=sha1 {options} -o {output} {input}");
        return output;
    }

    /// <summary>The defined function symbols that "readelf -sW" lists, of both tables.</summary>
    public static List<Symbol> Functions(string file)
    {
        var symbols = new List<Symbol>();
        foreach (var line in Run("readelf", $"-sW {file}").Split('\n'))
        {
            // Num: Value Size Type Bind Vis [<other>] Ndx Name
            var f = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (f.Length < 8 || f[3] is not ("FUNC" or "IFUNC") || f[6] == "UND")
                continue;
            var size = f[2].StartsWith("0x", StringComparison.Ordinal)
                ? ulong.Parse(f[2].AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
                : ulong.Parse(f[2], CultureInfo.InvariantCulture);
            // readelf appends "@VERSION" to names of .dynsym; it is not part of them.
            symbols.Add(new(f[7], ulong.Parse(f[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture), size, f[3], f[6]));
        }

        return symbols;
    }

    public static string BuildId(string file)
    {
        const string mark = "Build ID: ";
        var notes = Run("readelf", $"-n {file}");
        var at = notes.IndexOf(mark, StringComparison.Ordinal);
        return at < 0 ? "" : notes[(at + mark.Length)..].Split('\n')[0].Trim();
    }

    /// <summary>Standard output of a tool; the test is skipped where the tool is not installed.</summary>
    public static string Run(string tool, string arguments)
    {
        Process? process = null;
        try
        {
            process = Process.Start(new ProcessStartInfo(tool, arguments) { RedirectStandardOutput = true, RedirectStandardError = true });
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip($"{tool} is not installed");
        }

        using (process)
        {
            var errors = process!.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, $"{tool} {arguments}: {errors.Result}");
            return output;
        }
    }
}
