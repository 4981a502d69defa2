using System.CommandLine;
using System.Globalization;

namespace Diagnose.Analyze.Commands;

/// <summary>Options that bound how much is printed.</summary>
internal static class Limits
{
    /// <summary>A whole number from 1 on; null where it is not given.</summary>
    public static Option<long?> Option(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "N",
        CustomParser = result =>
        {
            string text = result.Tokens.Count == 0 ? "" : result.Tokens[0].Value;
            if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number > 0)
                return number;
            result.AddError($"{name} takes a whole number from 1 on, not '{text}'");
            return null;
        },
    };
}
