namespace Diagnose.Capture.Commands;

/// <summary>What <c>kprobe</c> can be asked to do.</summary>
internal enum KprobeAction
{
    Help,
    Activate,
    Deactivate,
    Report,
    Settings,
}

/// <summary>
/// The documented command's arguments, read as getopt_long_only(3) did for its scripts: one dash or two, names as short as
/// they stay unique, a value behind <c>=</c>. Actions are carried out in the order in which they are written.
/// </summary>
internal static class KprobeArguments
{
    public static bool TryParse(ReadOnlySpan<string> args, out List<(KprobeAction Action, string? Value)> actions, out string error)
    {
        actions = [];
        foreach (string argument in args)
        {
            if (!TryParse(argument, out KprobeAction action, out string? value, out error))
                return false;
            actions.Add((action, value));
        }

        error = actions.Count == 0 ? "say what to do: --activate, --deactivate, --report, --settings or --help" : "";
        return actions.Count > 0;
    }

    private static bool TryParse(string argument, out KprobeAction action, out string? value, out string error)
    {
        int equals = argument.IndexOf('=', StringComparison.Ordinal);
        value = equals < 0 ? null : argument[(equals + 1)..];
        string name = (equals < 0 ? argument : argument[..equals]).TrimStart('-');
        int dashes = (equals < 0 ? argument.Length : equals) - name.Length;
        List<KprobeAction> named = [];
        foreach (KprobeAction candidate in Enum.GetValues<KprobeAction>())
        {
            if (Name(candidate).StartsWith(name, StringComparison.Ordinal))
                named.Add(candidate);
        }

        action = named.Count == 1 ? named[0] : default;
        error = dashes is 0 or > 2 ? $"'{argument}' is no option; a value stands behind =, as in --activate='probe=vfs_read'"
            : name.Length == 0 || named.Count == 0 ? $"there is no option '{argument}'; see diagnose-tools kprobe --help"
            : named.Count > 1 ? $"'{argument}' can mean {string.Join(" or ", named.Select(a => "--" + Name(a)))}"
            : value is not null && action is KprobeAction.Help or KprobeAction.Deactivate ? $"--{Name(action)} takes no value"
            : "";
        return error.Length == 0;
    }

    private static string Name(KprobeAction action) => action switch
    {
        KprobeAction.Help => "help",
        KprobeAction.Activate => "activate",
        KprobeAction.Deactivate => "deactivate",
        KprobeAction.Report => "report",
        _ => "settings",
    };
}
