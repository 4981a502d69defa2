using System.Globalization;
using System.Text;

namespace Diagnose.Formats.DotNet;

/// <summary>
/// Rewrites a type from how reflection writes it to how C# does: <c>A.B`1+C`1[System.Int32,D]</c> becomes
/// <c>A.B&lt;int&gt;.C&lt;D&gt;</c>.
/// </summary>
internal ref struct TypeText(ReadOnlySpan<char> text)
{
    /// <summary>Types within types; what lies deeper is left as it is.</summary>
    public const int MostDepth = 32;

    private readonly ReadOnlySpan<char> _text = text;
    private int _at;

    /// <summary>Writes the type at the current place. True where its innermost part is the class of a method's own states.</summary>
    public bool Write(StringBuilder name, int depth)
    {
        List<(string Part, int Arity)> parts = [];
        while (true)
        {
            (int from, int to) = NextPart();
            parts.Add(Arity(_text[from..to]));
            if (_at >= _text.Length || _text[_at] != '+')
                break;
            _at++;
        }

        List<string> arguments = depth < MostDepth ? Arguments(depth) : [];
        int start = name.Length, argument = 0;
        bool isStateMachine = false;
        for (int i = 0; i < parts.Count; i++)
        {
            int left = arguments.Count - argument, takes = i == parts.Count - 1 ? left : Math.Min(parts[i].Arity, left);
            isStateMachine = WritePart(name, parts[i].Part, start, arguments.GetRange(argument, takes));
            argument += takes;
        }

        // Pointers, references and arrays.
        while (_at < _text.Length && _text[_at] is not (',' or ']'))
        {
            int end = _text[_at] == '[' ? EndOfArray() : _at + 1;
            name.Append(_text[_at..end]);
            _at = end;
        }

        return isStateMachine;
    }

    /// <summary>Up to what ends a part of a nested name; brackets that compilers write into names may hold anything.</summary>
    private (int From, int To) NextPart()
    {
        int from = _at, angles = 0;
        for (; _at < _text.Length; _at++)
        {
            char letter = _text[_at];
            if (angles == 0 && letter is '+' or ',' or '[' or ']' or '*' or '&')
                break;
            angles += letter switch { '<' => 1, '>' when angles > 0 => -1, _ => 0 };
        }

        return (from, _at);
    }

    private static (string Part, int Arity) Arity(ReadOnlySpan<char> part)
    {
        int tick = part.LastIndexOf('`');
        return tick >= 0 && int.TryParse(part[(tick + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out int arity)
            ? (part[..tick].ToString(), Math.Min(arity, 1000)) : (part.ToString(), 0);
    }

    /// <summary>Type arguments in brackets, where some stand at the current place.</summary>
    private List<string> Arguments(int depth)
    {
        List<string> arguments = [];
        if (_at >= _text.Length || _text[_at] != '[' || EndOfArray() > _at + 1)
            return arguments;
        var name = new StringBuilder();
        do
        {
            _at++;
            name.Clear();
            Write(name, depth + 1);
            arguments.Add(Keyword(name.ToString()));
        }
        while (_at < _text.Length && _text[_at] == ',');
        if (_at < _text.Length)
            _at++;
        return arguments;
    }

    /// <summary>The end of <c>[]</c> or <c>[,]</c> at the current place; one further where it is neither.</summary>
    private readonly int EndOfArray()
    {
        int end = _at + 1;
        while (end < _text.Length && _text[end] == ',')
            end++;
        return end < _text.Length && _text[end] == ']' ? end + 1 : _at + 1;
    }

    private static bool WritePart(StringBuilder name, string part, int start, List<string> arguments)
    {
        bool isMade = MethodName.TrySplit(part, out ReadOnlySpan<char> madeFor, out ReadOnlySpan<char> rest);
        // Variables that a lambda shares with its method: nobody wrote that class.
        if (isMade && madeFor.IsEmpty && (rest is "c" || rest.StartsWith("c__")))
            return false;
        if (name.Length > start)
            name.Append('.');
        bool isStateMachine = isMade && !madeFor.IsEmpty && (rest is "d" || rest.StartsWith("d__"));
        if (isStateMachine)
            MethodName.WriteMethod(name, madeFor, depth: 0);
        else if (isMade && rest.StartsWith("F") && rest.IndexOf("__") is var own and > 0)
            name.Append(rest[(own + 2)..]); // A type that only its file sees.
        else
            name.Append(part);
        if (arguments.Count > 0)
            name.Append('<').AppendJoin(',', arguments).Append('>');
        return isStateMachine;
    }

    private static string Keyword(string type) => type switch
    {
        "System.Boolean" => "bool",
        "System.Byte" => "byte",
        "System.SByte" => "sbyte",
        "System.Char" => "char",
        "System.Int16" => "short",
        "System.UInt16" => "ushort",
        "System.Int32" => "int",
        "System.UInt32" => "uint",
        "System.Int64" => "long",
        "System.UInt64" => "ulong",
        "System.IntPtr" => "nint",
        "System.UIntPtr" => "nuint",
        "System.Single" => "float",
        "System.Double" => "double",
        "System.Decimal" => "decimal",
        "System.String" => "string",
        "System.Object" => "object",
        // What stands for every class in code that all of them share.
        "System.__Canon" => "__Canon",
        _ => type,
    };
}
