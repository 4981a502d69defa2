using System.Text;

namespace Diagnose.Formats.DotNet;

/// <summary>
/// A method as the .NET runtime writes it in perf maps (perfmap.cpp of dotnet/runtime):
/// <c>int32 [MyApp] MyApp.Program::ReadFile(string)[OptimizedTier1]</c>. No other runtime or linker writes names of this form.
/// </summary>
public static class MethodText
{
    /// <summary>The name as people write it, <c>MyApp.Program.ReadFile</c>. False for text of any other form.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, out string name)
    {
        name = "";
        // Nearly all names of others end here.
        if (text.IndexOf("::"u8) < 0 || !text.Contains((byte)']') || text[^1] is not ((byte)']' or (byte)')'))
            return false;
        ReadOnlySpan<char> method = WithoutTier(Encoding.UTF8.GetString(text));
        int signature = StartOfSignature(method);
        if (signature < 0)
            return false;
        method = method[..signature];
        int separator = method.LastIndexOf("::");
        if (separator < 0)
            return false;
        ReadOnlySpan<char> type = method[..separator];
        int assemblyEnd = type.LastIndexOf("] ");
        int assembly = assemblyEnd < 0 ? -1 : type[..assemblyEnd].LastIndexOf('[');
        if (assembly < 0 || (assembly > 0 && type[assembly - 1] != ' ') || separator + 2 == method.Length)
            return false;
        name = MethodName.Of(type[(assemblyEnd + 2)..], method[(separator + 2)..]);
        return true;
    }

    private static ReadOnlySpan<char> WithoutTier(ReadOnlySpan<char> text)
    {
        int tier = text[^1] == ']' ? text.LastIndexOf('[') : -1;
        return tier > 0 && text[tier - 1] == ')' ? text[..tier] : text;
    }

    /// <summary>Where the parenthesis opens that the text ends with; function pointers among the parameters have some, too.</summary>
    private static int StartOfSignature(ReadOnlySpan<char> text)
    {
        int depth = 0;
        for (int i = text.Length - 1; i >= 0; i--)
        {
            depth += text[i] switch { ')' => 1, '(' => -1, _ => 0 };
            if (depth == 0)
                return text[i] == '(' ? i : -1;
        }

        return -1;
    }
}
