using System.Runtime.InteropServices;

namespace Diagnose.Analyze.Output;

/// <summary>
/// How large the terminal on standard output is now. Asked of the kernel: the console of .NET would first put the terminal into a
/// state of its own.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal partial struct WindowSize
{
    private const int StandardOutput = 1;
    private const nuint GetWindowSize = 0x5413;

    public ushort Rows;
    public ushort Columns;
    private readonly ushort _width;
    private readonly ushort _height;

    /// <summary>All zero where it is no terminal.</summary>
    public static unsafe WindowSize Now
    {
        get
        {
            WindowSize size = default;
            return Ask(StandardOutput, GetWindowSize, &size) == 0 ? size : default;
        }
    }

    [LibraryImport("libc", EntryPoint = "ioctl")]
    private static unsafe partial int Ask(int descriptor, nuint request, WindowSize* size);
}
