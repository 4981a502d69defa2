using System.Diagnostics;
using System.Text;
using Diagnose.Analyze.Symbols;

namespace Diagnose.Analyze.Tests.Symbols;

/// <summary>Against binutils' own <c>c++filt -p</c>, over every mangled name of real libraries.</summary>
public class DemanglerAgreementTests(ITestOutputHelper log)
{
    [Fact]
    public void Names_of_the_cpp_library_agree_with_cppfilt()
    {
        var library = Process.GetCurrentProcess().Modules.Cast<ProcessModule>()
            .Select(module => module.FileName).FirstOrDefault(file => file.Contains("libstdc++.so", StringComparison.Ordinal))
            ?? Run("gcc", "-print-file-name=libstdc++.so.6", "").Trim();
        Agree(Run("nm", $"-D {library}", ""));
    }

    [Fact]
    public void Names_inside_the_static_cpp_library_agree_with_cppfilt()
    {
        var library = Run("gcc", "-print-file-name=libstdc++.a", "").Trim();
        if (!Path.IsPathRooted(library))
            Assert.Skip("libstdc++.a (libstdc++-dev) is not installed");
        Agree(Run("nm", library, ""));
    }

    private void Agree(string listing)
    {
        var names = listing.Split((char[])['\n', ' '], StringSplitOptions.RemoveEmptyEntries)
            .Select(name => name.Split('@')[0]).Where(name => name.StartsWith("_Z", StringComparison.Ordinal))
            .Distinct().ToArray();
        Assert.True(names.Length > 1000, $"only {names.Length} mangled names");

        var expected = Run("c++filt", "-p", string.Join('\n', names) + "\n").Split('\n');
        var demangler = new Demangler();
        var disagreements = new List<string>();
        var leftAlone = 0;
        for (var at = 0; at < names.Length; at++)
        {
            var shown = Encoding.UTF8.GetString(demangler.Demangle(Encoding.UTF8.GetBytes(names[at])));
            if (shown == names[at] && shown != expected[at])
                leftAlone++;
            else if (shown != expected[at])
                disagreements.Add($"{names[at]}\n  c++filt: {expected[at]}\n  we:      {shown}");
        }
        var summary = $"{names.Length} names, {disagreements.Count} shown otherwise, {leftAlone} left mangled\n{string.Join('\n', disagreements.Take(40))}";
        log.WriteLine(summary);
        Assert.True(disagreements.Count * 1000 <= names.Length, summary);
        // Types newer than the library's demangler (_Float16), and names whose back references could make them too long.
        Assert.True(leftAlone * 400 <= names.Length, summary);
    }

    private static string Run(string command, string arguments, string input)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
            process.ErrorDataReceived += (_, _) => { };
            process.BeginErrorReadLine();
            var output = process.StandardOutput.ReadToEndAsync();
            process.StandardInput.Write(input);
            process.StandardInput.Close();
            return output.GetAwaiter().GetResult();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip($"{command} (binutils) is not installed");
            throw;
        }
    }
}
