using System.Globalization;
using System.Text;
using Diagnose.Capture.Linux;
using Diagnose.Capture.Probes;
using Diagnose.Capture.Recording;

namespace Diagnose.Capture.Control;

/// <summary>What <c>--activate</c> was given: <c>key=value</c> pairs with blanks between them.</summary>
internal sealed record KprobeSettings
{
    public const int DefaultSpoolMegabytes = 1024;

    private static readonly string[] s_keys =
        ["verbose", "tgid", "pid", "comm", "cpu", "probe", "dump-style", "sample-step", "raw-stack", "spool-mb", "no-dotnet"];

    public int Tgid { get; init; }

    public int Pid { get; init; }

    public string Comm { get; init; } = "";

    public string Probe { get; init; } = "";

    /// <summary>CPUs as written, or as they turned out to be; empty for all.</summary>
    public string Cpus { get; init; } = "";

    /// <summary>Shown again by the settings, and without any effect, as documented.</summary>
    public int Verbose { get; init; }

    /// <summary>1 when each hit also goes to the kernel log.</summary>
    public int DumpStyle { get; init; }

    /// <summary>One hit of so many is kept on each CPU; 0 and 1 keep all.</summary>
    public int SampleStep { get; init; }

    /// <summary>1 when user stacks are to be unwound from a copy of the usual size, or the size of the copy; 0 for frame pointers.</summary>
    public int RawStack { get; init; }

    /// <summary>1 when .NET processes are to be left alone.</summary>
    public int NoDotNet { get; init; }

    /// <summary>Bound of the spool on disk, in MiB.</summary>
    public int SpoolMegabytes { get; init; } = DefaultSpoolMegabytes;

    /// <summary>
    /// Reads the pairs. What is wrong makes this false, with the first reason; what was right is in
    /// <paramref name="settings"/> all the same, since a failed activation shows its settings, too.
    /// </summary>
    public static bool TryParse(string text, out KprobeSettings settings, out string error)
    {
        settings = new KprobeSettings();
        error = "";
        HashSet<string> given = [];
        foreach (string pair in Pairs(text))
        {
            int equals = pair.IndexOf('=', StringComparison.Ordinal);
            string key = equals < 0 ? pair : pair[..equals], value = equals < 0 ? "" : pair[(equals + 1)..];
            string wrong = Array.IndexOf(s_keys, key) < 0 ? $"there is no setting '{key}'; there are: {string.Join(", ", s_keys)}"
                : equals < 0 ? $"'{pair}' has no value: write {pair}=VALUE"
                : !given.Add(key) ? $"{key} is given twice"
                : value.Any(char.IsControl) ? $"{key} holds a control character"
                : settings.Set(key, value, ref settings);
            if (error.Length == 0)
                error = wrong;
        }

        if (error.Length == 0 && settings.Probe.Length == 0)
            error = "name the function to watch: probe=FUNCTION";
        if (error.Length == 0 && !Probes.Probe.TryParse(settings.Probe, out _, out string reason))
            error = $"probe: {reason}";
        if (error.Length == 0 && settings.Cpus.Length > 0 && !CpuList.TryParse(settings.Cpus, out _, out reason))
            error = $"cpu: {reason}";
        return error.Length == 0;
    }

    /// <summary>The same as lines, one for each key; read again by <see cref="FromLines"/>.</summary>
    public string ToLines() => string.Create(CultureInfo.InvariantCulture,
        $"probe={Probe}\ntgid={Tgid}\npid={Pid}\ncomm={Comm}\ncpu={Cpus}\nverbose={Verbose}\ndump-style={DumpStyle}\nsample-step={SampleStep}\nraw-stack={RawStack}\nspool-mb={SpoolMegabytes}\nno-dotnet={NoDotNet}\n");

    /// <summary>Reads what <see cref="ToLines"/> wrote; lines that make no sense count as not there.</summary>
    public static KprobeSettings FromLines(string text)
    {
        var settings = new KprobeSettings();
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
                settings.Set(line[..equals], line[(equals + 1)..], ref settings);
        }

        return settings;
    }

    public RecordingRequest ToRequest()
    {
        if (!Probes.Probe.TryParse(Probe, out Probe? probe, out string error))
            throw new ArgumentException(error);
        return new RecordingRequest
        {
            Probe = probe!,
            Tgid = Tgid,
            Pid = Pid,
            Comm = Comm.Length == 0 ? null : Comm,
            Cpus = Cpus.Length == 0 ? null : Cpus,
            Step = (ulong)SampleStep,
            NoDotNet = NoDotNet == 1,
            UserStack = RawStack switch
            {
                0 => UserStack.FramePointer,
                1 => UserStack.Dwarf,
                _ => UserStack.Copied(RawStack),
            },
        };
    }

    /// <summary>Sets one value; returns what is wrong with it, or nothing.</summary>
    private string Set(string key, string value, ref KprobeSettings settings)
    {
        switch (key)
        {
            case "comm":
                settings = this with { Comm = value };
                return "";
            case "cpu":
                settings = this with { Cpus = value };
                return "";
            case "probe":
                settings = this with { Probe = value };
                return "";
        }

        (int least, int most) = key switch
        {
            "dump-style" or "no-dotnet" => (0, 1),
            "raw-stack" => (0, UserStack.MostBytes),
            "spool-mb" => (1, 1 << 20),
            _ => (0, int.MaxValue),
        };
        if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number < least || number > most)
            return string.Create(CultureInfo.InvariantCulture, $"{key} takes a whole number from {least} to {most}, not '{value}'");
        if (key == "raw-stack" && number is > 1 and < UserStack.LeastBytes)
            return string.Create(CultureInfo.InvariantCulture, $"raw-stack takes 0, 1, or bytes from {UserStack.LeastBytes} to {most}, not '{value}'");
        settings = key switch
        {
            "tgid" => this with { Tgid = number },
            "pid" => this with { Pid = number },
            "verbose" => this with { Verbose = number },
            "dump-style" => this with { DumpStyle = number },
            "sample-step" => this with { SampleStep = number },
            "raw-stack" => this with { RawStack = number },
            "no-dotnet" => this with { NoDotNet = number },
            "spool-mb" => this with { SpoolMegabytes = number },
            _ => this,
        };
        return "";
    }

    /// <summary>Cuts at blanks; a value with blanks in it stands in double quotes: <c>comm="Web Content"</c>.</summary>
    private static IEnumerable<string> Pairs(string text)
    {
        var pair = new StringBuilder();
        bool isQuoted = false;
        foreach (char c in text)
        {
            if (c == '"' && (isQuoted || (pair.Length > 0 && pair[^1] == '=')))
            {
                isQuoted = !isQuoted;
            }
            else if (!isQuoted && c is ' ' or '\t' or '\n' or '\r')
            {
                if (pair.Length > 0)
                    yield return pair.ToString();
                pair.Clear();
            }
            else
            {
                pair.Append(c);
            }
        }

        if (pair.Length > 0)
            yield return pair.ToString();
    }
}
