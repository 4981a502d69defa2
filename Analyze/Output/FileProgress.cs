using System.Globalization;
using Diagnose.Analyze.Hits;

namespace Diagnose.Analyze.Output;

/// <summary>
/// One line on standard error that tells how far a file was read, where that takes longer than a moment and a person looks;
/// elsewhere nothing. It is gone when the work is done.
/// </summary>
internal sealed class FileProgress : IDisposable
{
    private static readonly TimeSpan s_first = TimeSpan.FromMilliseconds(700), s_next = TimeSpan.FromMilliseconds(200);

    /// <summary>The line, which all that is said on standard error shares.</summary>
    private static readonly Lock s_line = new();
    private static int s_width;

    private readonly string _what;
    private readonly MappedFile _file;
    private readonly Timer _timer;
    private bool _isOver;

    private FileProgress(string what, MappedFile file)
    {
        _what = what;
        _file = file;
        _timer = new Timer(_ => Show(), null, s_first, s_next);
    }

    /// <summary>Null where nobody looks.</summary>
    /// <param name="what">What is done to which file, fit for a terminal.</param>
    /// <param name="fillsOutput">True where the work itself writes to standard output all the time: at a terminal that is progress enough.</param>
    public static FileProgress? Of(string what, MappedFile file, bool fillsOutput) =>
        Console.IsErrorRedirected || Environment.GetEnvironmentVariable("TERM") is "dumb" || (fillsOutput && !Console.IsOutputRedirected) ? null : new FileProgress(what, file);

    /// <summary>Says a line that stays; progress goes on below it.</summary>
    public static void Say(string line)
    {
        lock (s_line)
        {
            Clear();
            Console.Error.WriteLine(line);
        }
    }

    public void Dispose()
    {
        _timer.Dispose();
        lock (s_line)
        {
            // One that was about to be shown is not any more.
            _isOver = true;
            Clear();
        }
    }

    /// <summary>The line, of which what is read is cut where it would wrap: a return goes back only to the beginning of the last row.</summary>
    /// <param name="columns">Of the terminal; 0 for not known.</param>
    internal static string Line(string what, string far, int columns)
    {
        if (columns == 0)
            return $"{what}: {far}";
        // The last column stays empty, in which some terminals wrap already.
        int room = columns - 1 - TextWidth.Of(": " + far);
        return room > 0 ? $"{TextWidth.Cut(what, room, out _)}: {far}" : columns > TextWidth.Of(far) ? far : "";
    }

    private static void Clear()
    {
        if (s_width > 0)
            Console.Error.Write($"\r{new string(' ', s_width)}\r");
        s_width = 0;
    }

    private void Show()
    {
        lock (s_line)
        {
            if (_isOver)
                return;
            const double mega = 1e6;
            string far = _file.KnownLength is > 0 and { } length
                ? string.Create(CultureInfo.InvariantCulture, $"{Math.Min(100, 100 * _file.Position / length)} %")
                : string.Create(CultureInfo.InvariantCulture, $"{_file.Position / mega:0.0} MB");
            string text = Line(_what, far, WindowSize.OfErrors.Columns);
            int width = TextWidth.Of(text);
            Console.Error.Write($"\r{text}{new string(' ', Math.Max(0, s_width - width))}");
            s_width = width;
        }
    }
}
