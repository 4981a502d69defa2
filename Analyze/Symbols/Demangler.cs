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

    private readonly byte[] _mangled = new byte[MaxMangledLength + 1];
    private byte[] _shown = new byte[MaxShownLength + 3];

    /// <summary>Whether the name is of the kind that is tried: <c>_Z…</c>, or <c>__Z…</c> where the platform adds an underscore.</summary>
    public static bool IsMangled(ReadOnlySpan<byte> name) => name.StartsWith("_Z"u8) || name.StartsWith("__Z"u8);

    /// <summary>The name to show; <paramref name="name"/> itself when it is not mangled or cannot be demangled.</summary>
    /// <returns>Bytes that stay valid until the next call.</returns>
    public ReadOnlySpan<byte> Demangle(ReadOnlySpan<byte> name)
    {
        if (!IsMangled(name) || name.Length > MaxMangledLength || name.Contains((byte)0))
            return name;
        var mangled = name.StartsWith("__"u8) ? name[1..] : name;
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
                var shown = IsSpecial(mangled) ? full : DemangledName.WithoutSignature(full);
                return Keep(DemangledName.WithoutRustHash(shown));
            }
            finally
            {
                NativeMemory.Free(demangled);
            }
        }
    }

    /// <summary>Tables, thunks and guards: what they are for is part of their name, with its parameters.</summary>
    private static bool IsSpecial(ReadOnlySpan<byte> mangled) => mangled is [_, _, (byte)'T' or (byte)'G', ..];

    private ReadOnlySpan<byte> Keep(ReadOnlySpan<byte> shown)
    {
        if (shown.Length <= MaxShownLength)
        {
            shown.CopyTo(_shown);
            return _shown.AsSpan(0, shown.Length);
        }
        var cut = MaxShownLength;
        while (cut > 0 && (shown[cut] & 0xc0) == 0x80)
            cut--;
        shown[..cut].CopyTo(_shown);
        "…"u8.CopyTo(_shown.AsSpan(cut));
        return _shown.AsSpan(0, cut + 3);
    }

    // The name is the one in the build's DirectPInvoke list, so the native build binds it to libstdc++.a.
    [LibraryImport("libstdc++.so.6", EntryPoint = "__cxa_demangle")]
    private static partial byte* CxaDemangle(byte* mangled, byte* buffer, nuint* length, int* status);
}
