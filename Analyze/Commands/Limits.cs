using System.CommandLine;
using System.Globalization;

namespace Diagnose.Analyze.Commands;

/// <summary>Options that bound how much is printed.</summary>
internal static class Limits
{
    /// <summary>A whole number from 1 on; null where it is not given.</summary>
    public static Option<long?> Option(string name, string description, long most = long.MaxValue) => new(name)
    {
        Description = description,
        HelpName = "N",
        CustomParser = result =>
        {
            string text = result.Tokens.Count == 0 ? "" : result.Tokens[0].Value;
            if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
                && number > 0 && number <= most)
                return number;
            result.AddError(most == long.MaxValue
                ? $"{name} takes a whole number from 1 on, not '{text}'" : $"{name} takes a whole number from 1 to {most}, not '{text}'");
            return null;
        },
    };
}
