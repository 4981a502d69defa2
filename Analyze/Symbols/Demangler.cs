using System.Runtime.InteropServices;

namespace Diagnose.Analyze.Symbols;

/// <summary>
/// C++ names as <c>c++filt -p</c> shows them: demangled by the C++ ABI's own <c>__cxa_demangle</c>, without the
/// parameter list, the qualifiers after it and the return type of a template. Names of Rust's legacy mangling lose
/// their hash. Not for use by two threads at once; ask once for each distinct name.
/// </summary>
public sealed unsafe partial class Demangler
{
    /// <summary>Longest mangled name that is tried, bytes.</summary>
    public const int MaxMangledLength = 16 << 10;

    /// <summary>Longest name that is given, bytes; a longer one is cut there and ends in <c>…</c>.</summary>
    public const int MaxShownLength = 4 << 10;

    // Each back reference can double the text before it, so a short hostile name can ask for more than any memory
    // holds, and the demangler has no limit of its own. Of 94,000 names of LLVM, Clang and two Java machines these
    // limits stop fewer than one in a thousand; in libstdc++.a it is eight of 8,000.
    private const long MaxDemangledLength = 1L << 32;
    private const long SmallDemangledLength = 1L << 16;

    // Names that may become long are tried until they have become this long together.
    private const long MaxSpent = 1L << 30;
    private long _spent;

    private readonly byte[] _mangled = new byte[MaxMangledLength + 1];
    private readonly byte[] _shown = new byte[MaxShownLength + 3];

    /// <summary>Whether the name is of the kind that is tried: <c>_Z…</c>, or <c>__Z…</c> where the platform adds an underscore.</summary>
    public static bool IsMangled(ReadOnlySpan<byte> name) => name.StartsWith("_Z"u8) || name.StartsWith("__Z"u8);

    /// <summary>The name to show; <paramref name="name"/> itself when it is not mangled or cannot be demangled.</summary>
    /// <returns>Bytes that stay valid until the next call.</returns>
    public ReadOnlySpan<byte> Demangle(ReadOnlySpan<byte> name)
    {
        if (!IsMangled(name) || name.Length > MaxMangledLength || name.Contains((byte)0))
            return name;
        var mangled = name.StartsWith("__"u8) ? name[1..] : name;
        var mostLength = MostDemangledLength(mangled);
        if (mostLength > (_spent < MaxSpent ? MaxDemangledLength : SmallDemangledLength))
            return name;
        mangled.CopyTo(_mangled);
        _mangled[mangled.Length] = 0;
        fixed (byte* text = _mangled)
        {
            int status;
            var demangled = CxaDemangle(text, null, null, &status);
            if (demangled == null)
                return name;
            try
            {
                var full = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(demangled);
                if (mostLength > SmallDemangledLength)
                    _spent += full.Length;
                var shown = IsSpecial(mangled) ? DemangledName.WithoutClones(full) : DemangledName.WithoutSignature(full);
                return Keep(DemangledName.WithoutRustHash(shown));
            }
            finally
            {
                NativeMemory.Free(demangled);
            }
        }
    }

    /// <summary>
    /// A bound of how long the name becomes: doubled by each back reference (<c>S_</c>, <c>S1A_</c>, <c>T_</c>, <c>T0_</c>),
    /// which is an underscore after digits and capitals among which is an S or a T.
    /// </summary>
    private static long MostDemangledLength(ReadOnlySpan<byte> mangled)
    {
        const int longestBuiltin = 16;
        var references = 0;
        var isReference = false;
        foreach (var value in mangled)
            if (value is (byte)'S' or (byte)'T')
                isReference = true;
            else if (!char.IsAsciiDigit((char)value) && !char.IsAsciiLetterUpper((char)value))
            {
                if (isReference && value == '_')
                    references++;
                isReference = false;
            }
        return references > 40 ? long.MaxValue : (long)mangled.Length * longestBuiltin << references;
    }

    /// <summary>Tables, thunks and guards: what they are for is part of their name, with its parameters.</summary>
    private static bool IsSpecial(ReadOnlySpan<byte> mangled) => mangled is [_, _, (byte)'T' or (byte)'G', ..];

    private ReadOnlySpan<byte> Keep(ReadOnlySpan<byte> shown)
    {
        var length = StandardName.Expand(shown, _shown);
        if (length <= MaxShownLength)
            return _shown.AsSpan(0, length);
        length = MaxShownLength;
        while (length > 0 && (_shown[length] & 0xc0) == 0x80)
            length--;
        "…"u8.CopyTo(_shown.AsSpan(length));
        return _shown.AsSpan(0, length + 3);
    }

    // The name is the one in the build's DirectPInvoke list, so the native build binds it to libstdc++.a.
    [LibraryImport("libstdc++.so.6", EntryPoint = "__cxa_demangle")]
    private static partial byte* CxaDemangle(byte* mangled, byte* buffer, nuint* length, int* status);
}
