using System.Globalization;
using System.Text;

namespace Diagnose.Capture.Control;

/// <summary>The settings as the documented page shows them, and as JSON.</summary>
internal static class SettingsText
{
    /// <summary>What <c>--activate</c> prints.</summary>
    /// <param name="errno">0, or why it failed.</param>
    public static string Activation(KprobeSettings settings, int errno) =>
        string.Create(CultureInfo.InvariantCulture, $"功能设置{(errno == 0 ? "成功" : "失败")}，返回值：{-errno}\n{Lines(settings)}");

    /// <summary>What <c>--settings</c> prints.</summary>
    public static string Settings(KprobeSettings settings, bool isActive) =>
        $"功能设置：\n    是否激活：{(isActive ? '√' : '×')}\n{Lines(settings)}";

    /// <summary>The same as JSON, with the keys that scripts know.</summary>
    public static string Json(KprobeSettings settings, bool isActive) => string.Create(CultureInfo.InvariantCulture, $$"""
        {
           "activated" : {{(isActive ? 1 : 0)}},
           "tgid" : {{settings.Tgid}},
           "pid" : {{settings.Pid}},
           "comm" : {{Quoted(settings.Comm)}},
           "func" : {{Quoted(settings.Probe)}},
           "CPUS" : {{Quoted(settings.Cpus)}},
           "verbose" : {{settings.Verbose}},
           "dump-style" : {{settings.DumpStyle}},
           "sample-step" : {{settings.SampleStep}},
           "raw-stack" : {{settings.RawStack}},
           "spool-mb" : {{settings.SpoolMegabytes}},
           "no-dotnet" : {{settings.NoDotNet}}
        }

        """);

    /// <summary>What <c>--settings=json=1</c> prints when they cannot be had.</summary>
    public static string JsonFailure(string why) => $"{{\n   \"err\" : {Quoted(why)}\n}}\n";

    private static string Lines(KprobeSettings settings)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"    进程ID：{settings.Tgid}\n");
        text.Append(CultureInfo.InvariantCulture, $"    线程ID：{settings.Pid}\n");
        text.Append(CultureInfo.InvariantCulture, $"    进程名称：{settings.Comm}\n");
        text.Append(CultureInfo.InvariantCulture, $"    函数名称：{settings.Probe}\n");
        text.Append(CultureInfo.InvariantCulture, $"    CPUS：{settings.Cpus}\n");
        text.Append(CultureInfo.InvariantCulture, $"    输出级别：{settings.Verbose}\n");
        // What the documented page does not know is shown only where it was asked for.
        Further("DUMP-STYLE", settings.DumpStyle, 0);
        Further("SAMPLE-STEP", settings.SampleStep, 0);
        Further("RAW-STACK", settings.RawStack, 0);
        Further("SPOOL-MB", settings.SpoolMegabytes, KprobeSettings.DefaultSpoolMegabytes);
        Further("NO-DOTNET", settings.NoDotNet, 0);
        return text.ToString();

        void Further(string name, int value, int usual)
        {
            if (value != usual)
                text.Append(CultureInfo.InvariantCulture, $"    {name}：{value}\n");
        }
    }

    private static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (char c in text)
        {
            if (c is '"' or '\\')
                quoted.Append('\\').Append(c);
            else if (char.IsControl(c) || char.IsSurrogate(c))
                quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else
                quoted.Append(c);
        }

        return quoted.Append('"').ToString();
    }
}
