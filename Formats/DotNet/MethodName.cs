using System.Text;

namespace Diagnose.Formats.DotNet;

/// <summary>
/// Names of .NET methods as their language has them: what compilers make of lambdas, local functions, iterators and async methods
/// is named by the method that it was written in.
/// </summary>
public static class MethodName
{
    /// <param name="type">Type as reflection writes it: <c>Ns.Outer`1+Inner[System.Int32]</c>; empty for a global function.</param>
    /// <param name="method">Name in the metadata: <c>Read</c>, <c>&lt;Main&gt;b__0_1</c>, <c>.ctor</c>.</param>
    public static string Of(ReadOnlySpan<char> type, ReadOnlySpan<char> method)
    {
        var name = new StringBuilder(type.Length + method.Length);
        var reader = new TypeText(type);
        bool isStateMachine = reader.Write(name, depth: 0);
        // The body of an async method or an iterator is moved there.
        if (isStateMachine && method is "MoveNext")
            return name.ToString();
        if (name.Length > 0)
            name.Append('.');
        WriteMethod(name, method, depth: 0);
        return name.ToString();
    }

    /// <summary>
    /// A name in angle brackets is that of the method it was made for: <c>&lt;M&gt;b__0_1</c> is a lambda in it, <c>&lt;M&gt;g__F|0_1</c> the
    /// local function F, <c>&lt;Main&gt;$</c> the statements of a file (GeneratedNames.cs of dotnet/roslyn).
    /// </summary>
    internal static void WriteMethod(StringBuilder name, ReadOnlySpan<char> method, int depth)
    {
        if (!TrySplit(method, out ReadOnlySpan<char> madeFor, out ReadOnlySpan<char> rest) || madeFor.IsEmpty || depth > TypeText.MostDepth)
        {
            name.Append(method);
        }
        else if (rest.StartsWith("b__"))
        {
            WriteMethod(name, madeFor, depth + 1);
            name.Append(".lambda_").Append(rest[(rest.LastIndexOf('_') + 1)..]);
        }
        else if (rest.StartsWith("g__") && rest.IndexOf('|') is var bar and > 3)
        {
            WriteMethod(name, madeFor, depth + 1);
            name.Append('.').Append(rest[3..bar]);
        }
        else if (rest is "" or "$")
        {
            WriteMethod(name, madeFor, depth + 1);
        }
        else
        {
            name.Append(method);
        }
    }

    /// <summary>Cuts <c>&lt;M&gt;rest</c> in two; M may have brackets of its own.</summary>
    internal static bool TrySplit(ReadOnlySpan<char> name, out ReadOnlySpan<char> madeFor, out ReadOnlySpan<char> rest)
    {
        madeFor = rest = default;
        int depth = 0;
        for (int i = 0; i < name.Length && (i == 0 ? name[0] == '<' : depth > 0); i++)
        {
            depth += name[i] switch { '<' => 1, '>' => -1, _ => 0 };
            if (depth == 0)
            {
                madeFor = name[1..i];
                rest = name[(i + 1)..];
                return true;
            }
        }

        return false;
    }
}
