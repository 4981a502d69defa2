using System.Globalization;
using Diagnose.Formats.Unwind;
using Diagnose.Formats.Unwind.X64;

namespace Diagnose.Formats.Tests.Unwind;

/// <summary>Rows as readelf writes them.</summary>
internal static class RowText
{
    public static string Of(FrameProgram program, ReadOnlySpan<int> columns)
    {
        string cfa = program.Cfa.IsExpression ? "exp" : Cfa(program.Cfa.Register, program.Cfa.Value);
        var rules = new List<string>();
        foreach (int column in columns)
            rules.Add($"{ReadelfFrames.Names[column]}={Of(program.Rules[column])}");
        for (int column = 0; column < program.Rules.Length; column++)
            if (!columns.Contains(column) && program.Rules[column].Kind != RuleKind.Unspecified)
                rules.Add($"unexpected {ReadelfFrames.Names[column]}={Of(program.Rules[column])}");
        return $"{cfa} {string.Join(' ', rules)}";
    }

    public static string Of(CompactRow row, ReadOnlySpan<int> columns)
    {
        var rules = new List<string>();
        foreach (int column in columns)
        {
            int slot = column == X64Registers.InstructionPointer ? 0 : X64Registers.Saved.IndexOf((byte)column) + 1;
            var words = (sbyte)(row.Saved >> (8 * slot));
            bool isPlace = column == X64Registers.InstructionPointer || slot > 0;
            rules.Add($"{ReadelfFrames.Names[column]}={(!isPlace || words is 0 or sbyte.MinValue ? "u" : Place('c', words * 8))}");
        }

        return $"{Cfa(row.CfaRegister, row.Number)} {string.Join(' ', rules)}";
    }

    private static string Of(RegisterRule rule) => rule.Kind switch
    {
        RuleKind.Unspecified or RuleKind.Undefined or RuleKind.SameValue => "u",
        RuleKind.Offset => Place('c', rule.Value),
        RuleKind.ValueOffset => Place('v', rule.Value),
        RuleKind.Register => $"r{rule.Value}",
        RuleKind.Expression => "exp",
        _ => "vexp",
    };

    private static string Cfa(int register, long offset) =>
        string.Create(CultureInfo.InvariantCulture, $"{ReadelfFrames.Names[register]}{offset:+0;-0;+0}");

    private static string Place(char from, long offset) => string.Create(CultureInfo.InvariantCulture, $"{from}{offset:+0;-0;+0}");
}
