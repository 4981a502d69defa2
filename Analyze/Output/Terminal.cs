using System.Text;

namespace Diagnose.Analyze.Output;

/// <summary>Colours of text at a terminal, by the last digit of their code.</summary>
internal enum Colour
{
    Default = 9,
    Grey = 60,
    Red = 1,
    Green = 2,
    Yellow = 3,
    Magenta = 5,
    Cyan = 6,
}

/// <summary>
/// Text on standard output: at a terminal with colours and cut to its width, elsewhere plain and whole. It is gathered, and
/// handed over at once.
/// </summary>
internal sealed class Terminal
{
    private readonly Stream _stream;
    private readonly StringBuilder _text = new();

    public Terminal(Stream stream)
    {
        _stream = stream;
        IsTerminal = !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");
        // https://no-color.org
        HasColours = IsTerminal && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
    }

    public bool IsTerminal { get; }

    public bool HasColours { get; }

    /// <summary>Characters in a line; where nobody looks, as many as there are.</summary>
    public int Width => IsTerminal && WindowSize.Now.Columns is > 0 and var width ? width : int.MaxValue;

    /// <summary>Lines that are seen at once.</summary>
    public int Height => IsTerminal && WindowSize.Now.Rows is > 0 and var height ? height : int.MaxValue;

    public void Write(string text) => _text.Append(text);

    public void Write(string text, Colour colour)
    {
        if (HasColours && colour != Colour.Default)
            _text.Append("\u001b[").Append(30 + (int)colour).Append('m').Append(text).Append("\u001b[39m");
        else
            _text.Append(text);
    }

    /// <summary>A line of its own, cut where a terminal would break it.</summary>
    public void Line(string text) => _text.Append(TextWidth.Cut(text, Width, out _)).Append('\n');

    public void EndLine() => _text.Append('\n');

    /// <summary>Begins a screen anew, in the place of the one before.</summary>
    public void Home() => _text.Append(IsTerminal ? "\u001b[H\u001b[J" : "");

    /// <summary>A screen of its own, which goes again with what is on it.</summary>
    public void Enter() => _text.Append(IsTerminal ? "\u001b[?1049h\u001b[?25l" : "");

    public void Leave() => _text.Append(IsTerminal ? "\u001b[?25h\u001b[?1049l" : "");

    /// <exception cref="IOException">It cannot be written.</exception>
    public void Flush()
    {
        byte[] bytes = Encoding.UTF8.GetBytes(_text.ToString());
        _text.Clear();
        _stream.Write(bytes);
    }
}
