using System.Runtime.InteropServices;
using System.Text;

namespace Diagnose.Capture.Linux;

/// <summary>A NULL-terminated array of C strings, such as argv, outside the reach of the garbage collector.</summary>
internal sealed unsafe class NativeStrings : IDisposable
{
    private readonly int count;

    public NativeStrings(ReadOnlySpan<string> strings)
    {
        count = strings.Length;
        Pointer = (byte**)NativeMemory.AllocZeroed((nuint)count + 1, (nuint)sizeof(byte*));
        for (var i = 0; i < count; i++)
        {
            var bytes = Encoding.UTF8.GetBytes(strings[i]);
            Pointer[i] = (byte*)NativeMemory.Alloc((nuint)bytes.Length + 1);
            bytes.CopyTo(new Span<byte>(Pointer[i], bytes.Length));
            Pointer[i][bytes.Length] = 0;
        }
    }

    public byte** Pointer { get; }

    public void Dispose()
    {
        for (var i = 0; i < count; i++) NativeMemory.Free(Pointer[i]);
        NativeMemory.Free(Pointer);
    }
}
