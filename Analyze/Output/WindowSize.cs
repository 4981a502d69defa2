using System.Runtime.InteropServices;

namespace Diagnose.Analyze.Output;

/// <summary>
/// How large a terminal is now. Asked of the kernel: the console of .NET would first put the terminal into a
/// state of its own.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal partial struct WindowSize
{
    private const int StandardOutput = 1;
    private const int StandardError = 2;
    private const nuint GetWindowSize = 0x5413;

    public ushort Rows;
    public ushort Columns;
    private readonly ushort _width;
    private readonly ushort _height;

    /// <summary>That on standard output; all zero where it is no terminal.</summary>
    public static WindowSize Now => Of(StandardOutput);

    /// <summary>The same of standard error.</summary>
    public static WindowSize OfErrors => Of(StandardError);

    private static unsafe WindowSize Of(int descriptor)
    {
        WindowSize size = default;
        return Ask(descriptor, GetWindowSize, &size) == 0 ? size : default;
    }

    [LibraryImport("libc", EntryPoint = "ioctl")]
    private static unsafe partial int Ask(int descriptor, nuint request, WindowSize* size);
}
