using System.CommandLine;
using System.Globalization;
using Diagnose.Analyze.Flame;

namespace Diagnose.Analyze.Commands;

/// <summary>The options that say how a flame graph is drawn.</summary>
internal sealed class DrawingOptions
{
    private readonly Option<string> _title = new("--title")
    {
        Description = "the graph's heading",
        HelpName = "TEXT",
        DefaultValueFactory = _ => "Flame Graph",
    };

    private readonly Option<int?> _minimumWidth = new("--min-width")
    {
        Description = "frames thinner than this many pixels are left out, of a graph that is 1200 wide (0.1 if not given)",
        HelpName = "PIXELS",
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal pixels) && pixels <= 1000)
                return (int)decimal.Ceiling(pixels * 100);
            result.AddError($"--min-width takes pixels from 0 to 1000, such as 0.5, not '{text}'");
            return 0;
        },
    };

    private readonly Option<int?> _depth = new("--depth")
    {
        Description = "rows drawn over the root at most",
        HelpName = "ROWS",
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int rows) && rows > 0)
                return rows;
            result.AddError($"--depth takes a number of rows from 1, not '{text}'");
            return 1;
        },
    };

    private readonly Option<bool> _icicle = new("--icicle") { Description = "the root at the top, callees hanging from their callers" };

    public void AddTo(Command command)
    {
        command.Add(_title);
        command.Add(_minimumWidth);
        command.Add(_depth);
        command.Add(_icicle);
    }

    public FlameOptions Read(ParseResult result) => new()
    {
        Title = result.GetValue(_title)!,
        MinimumWidth = result.GetValue(_minimumWidth) ?? new FlameOptions().MinimumWidth,
        Depth = result.GetValue(_depth) ?? int.MaxValue,
        IsIcicle = result.GetValue(_icicle),
    };
}
