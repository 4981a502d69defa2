using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Diagnose.Commands;

/// <summary>
/// The rules of both programs' command lines: a request that makes no sense gives one line on standard error that names
/// the culprit, nothing on standard output, and status 2; what follows <c>--</c> is nobody's option.
/// </summary>
internal static class OneLineErrors
{
    private const int BadRequest = 2;

    private static readonly ParserConfiguration s_plain = new()
    {
        // An argument that starts with @ is what it says, not a file of arguments.
        ResponseFileTokenReplacer = null,
    };

    /// <summary>What stands before and behind the first <c>--</c>.</summary>
    public static (string[] Options, string[] Command) Split(string[] args)
    {
        int at = Array.IndexOf(args, "--");
        return at < 0 ? (args, []) : (args[..at], args[(at + 1)..]);
    }

    /// <summary>Parses and carries out; returns the exit status.</summary>
    public static int Invoke(RootCommand root, string[] args)
    {
        root.Directives.Clear();
        ParseResult parsed = root.Parse(args, s_plain);
        // --help and --version have an action of their own, whatever else is wrong.
        bool isMeant = (parsed.Errors.Count == 0 && UnknownOption(parsed) is null) || parsed.Action is { ClearsParseErrors: true };
        return isMeant ? parsed.Invoke() : Refuse(parsed.CommandResult.Command, Reason(root, parsed));
    }

    /// <summary>Says on one line what is wrong with a request; gives its exit status.</summary>
    public static int Refuse(Command command, string reason)
    {
        string name = command is RootCommand ? "" : " " + command.Name;
        Console.Error.WriteLine($"diagnose-tools{name}: {OneLine(reason)}");
        return BadRequest;
    }

    /// <summary>Makes an option take a whole number in a range and say so in plain words.</summary>
    public static Option<long> Whole(Option<long> option, long least, long most = long.MaxValue)
    {
        option.CustomParser = result =>
        {
            string text = result.Tokens.Count == 0 ? "" : result.Tokens[0].Value;
            if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
                && number >= least && number <= most)
                return number;
            result.AddError(most == long.MaxValue
                ? $"{option.Name} takes a whole number from {least} on, not '{text}'"
                : $"{option.Name} takes a whole number from {least} to {most}, not '{text}'");
            return 0;
        };
        return option;
    }

    /// <summary>The first cause: an unknown word makes others seem to be missing.</summary>
    private static string Reason(RootCommand root, ParseResult parsed)
    {
        if (parsed.CommandResult.Command == root)
        {
            string commands = string.Join(", ", root.Subcommands.Select(c => c.Name));
            return parsed.UnmatchedTokens.Count > 0
                ? $"there is no command '{parsed.UnmatchedTokens[0]}'; there are: {commands}" : $"no command given; there are: {commands}";
        }

        string help = $"see diagnose-tools {parsed.CommandResult.Command.Name} --help";
        if (UnknownOption(parsed) is { } option)
            return $"there is no option '{option}'; {help}";
        return parsed.UnmatchedTokens.Count == 0
            ? parsed.Errors[0].Message : $"'{parsed.UnmatchedTokens[0]}' is one word too many; {help}";
    }

    /// <summary>The parser takes a misspelt option for an argument; only after <c>--</c> is it one.</summary>
    private static string? UnknownOption(ParseResult parsed)
    {
        if (parsed.Tokens.Any(token => token.Type == TokenType.DoubleDash))
            return null;
        IEnumerable<string> words = parsed.CommandResult.Children.OfType<ArgumentResult>()
            .SelectMany(argument => argument.Tokens).Select(token => token.Value).Concat(parsed.UnmatchedTokens);
        return words.FirstOrDefault(word => word.Length > 1 && word[0] == '-');
    }

    private static string OneLine(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
}
