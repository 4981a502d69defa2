using Diagnose.Capture.Control;
using Diagnose.Capture.Linux;
using Diagnose.Commands;

namespace Diagnose.Capture.Commands;

/// <summary>The documented command: a recorder in the background, and everything that is done with it.</summary>
internal static class KprobeCommand
{
    public const string Name = "kprobe";

    private const int BadRequest = 2;

    private static readonly StateFolders s_folders = StateFolders.OfMachine;

    /// <summary>Carries out every action in turn, whatever came of those before; the exit status.</summary>
    public static int Run(ReadOnlySpan<string> args)
    {
        if (!KprobeArguments.TryParse(args, out List<(KprobeAction Action, string? Value)> actions, out string error))
        {
            Say(error);
            return BadRequest;
        }

        int status = 0;
        foreach ((KprobeAction action, string? value) in actions)
        {
            try
            {
                status = Math.Max(status, Run(action, value ?? ""));
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                Say(failure.Message);
                status = Math.Max(status, 1);
            }
        }

        return status;
    }

    private static int Run(KprobeAction action, string value)
    {
        switch (action)
        {
            case KprobeAction.Help:
                Print(KprobeHelp.Text);
                return 0;
            case KprobeAction.Activate:
                return Activate(value);
            case KprobeAction.Deactivate:
                return Deactivate();
            case KprobeAction.Settings:
                return Settings(value);
            default:
                return Report(value);
        }
    }

    private static int Activate(string value)
    {
        int errno = KprobeSettings.TryParse(value, out KprobeSettings settings, out string why) ? 0 : Errno.EINVAL;
        try
        {
            if (errno == 0)
                errno = Start(value, out why);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            (errno, why) = (Errno.Of(failure), $"cannot keep its state: {Errno.Reason(failure)}");
        }

        Print(SettingsText.Activation(settings, errno));
        if (errno != 0)
            Say(why);
        return errno == 0 ? 0 : 1;
    }

    private static int Start(string value, out string why)
    {
        if (s_folders.Open(make: true, out why) is var errno and not 0)
            return errno;
        using var presence = new RecorderPresence(s_folders);
        presence.Tidy(Say);
        if (presence.Now is var now and not Presence.Nobody)
        {
            why = BackgroundRecorder.Busy(now);
            return Errno.EBUSY;
        }

        List<SpoolFile> earlier = [.. SpoolFile.List(s_folders.Taken), .. SpoolFile.List(s_folders.Spool)];
        int failed = Activation.Start(s_folders, value, out why);
        long hits = earlier.Sum(file => (long)file.Segment.Hits);
        if (failed == 0 && hits > 0)
            Say($"{hits} hits of earlier recordings were not reported yet; the next report begins with them");
        return failed;
    }

    private static int Deactivate()
    {
        int errno;
        string why;
        try
        {
            errno = Stop(out why);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            (errno, why) = (Errno.Of(failure), $"cannot reach its state: {Errno.Reason(failure)}");
        }

        // Where there are no folders there never was a recorder.
        if (errno is 0 or Errno.ENOENT)
        {
            Print("kprobe is not activated\n");
            return 0;
        }

        Print($"deactivate kprobe fail, ret is {-errno}\n");
        Say(why);
        return 1;
    }

    private static int Stop(out string why)
    {
        if (s_folders.Open(make: false, out why) is var errno and not 0)
            return errno;
        using var presence = new RecorderPresence(s_folders);
        presence.Tidy(Say);
        switch (presence.Now)
        {
            case Presence.Here:
                return RecorderConnection.Stop(s_folders, presence, out why);
            case Presence.Elsewhere:
                why = BackgroundRecorder.Busy(Presence.Elsewhere);
                return Errno.EBUSY;
            default:
                return 0;
        }
    }

    private static int Settings(string value)
    {
        bool isJson = value == "json=1";
        if (!isJson && value.Length > 0 && value != "json=0")
        {
            Say($"--settings takes json=1, not '{value}'");
            return BadRequest;
        }

        int errno = s_folders.Open(make: false, out string why);
        if (errno is not (0 or Errno.ENOENT))
        {
            Print(isJson ? SettingsText.JsonFailure(why) : "获取kprobe设置失败，请确保正确安装了diagnose-tools工具\n");
            Say(why);
            return 1;
        }

        bool isActive = false;
        if (errno == 0)
        {
            using var presence = new RecorderPresence(s_folders);
            presence.Tidy(Say);
            isActive = presence.Now == Presence.Here;
        }

        KprobeSettings settings = s_folders.LastSettings() ?? new KprobeSettings { Cpus = CpuList.Format(CpuList.Online) };
        Print(isJson ? SettingsText.Json(settings, isActive) : SettingsText.Settings(settings, isActive));
        return 0;
    }

    private static int Report(string value)
    {
        var run = new ReportRun(s_folders, Say);
        if (value.Length == 0)
            return run.Print();
        int equals = value.IndexOf('=', StringComparison.Ordinal);
        (string key, string file) = equals < 0 ? (value, "") : (value[..equals], value[(equals + 1)..]);
        switch (key)
        {
            case "out" when file.Length > 0:
                return run.MoveTo(file);
            case "in" when file.Length > 0:
                return run.Analyze(["report", "--", file]);
            case "inlist" when file.Length > 0:
                return run.Analyze(["report", "--list", file]);
            case "console" when file == "1":
                return run.Analyze(["report", "--list", "-"]);
            default:
                Say($"--report takes out=FILE, in=FILE, inlist=FILE or console=1, not '{value}'");
                return BadRequest;
        }
    }

    private static void Print(string text)
    {
        using Stream output = new StandardOutput();
        output.Write(System.Text.Encoding.UTF8.GetBytes(text));
    }

    private static void Say(string text) => Console.Error.WriteLine($"diagnose-tools kprobe: {text}");
}
