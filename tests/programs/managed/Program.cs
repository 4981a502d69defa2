// Reads a file through methods of every kind until it is killed, or for so many seconds: managed SECONDS
using System.Runtime.CompilerServices;

var end = DateTime.UtcNow.AddSeconds(args.Length > 0 ? double.Parse(args[0]) : 600);
var buffer = new byte[64];
var box = new Box<string, int>();
while (DateTime.UtcNow < end)
{
    Reader.Direct(buffer);
    Local();
    box.Call(() => Reader.ReadFile(buffer));
    await Reader.Later(buffer);
    Thread.Sleep(1);
}

void Local() => Reader.ReadFile(buffer);

static class Reader
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Direct(byte[] buffer) => ReadFile(buffer);

    public static async Task Later(byte[] buffer)
    {
        await Task.Yield();
        ReadFile(buffer);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static int ReadFile(byte[] buffer)
    {
        using var file = File.OpenHandle("/etc/passwd");
        return RandomAccess.Read(file, buffer, 0);
    }
}

sealed class Box<TKey, TValue>
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Call(Action action) => action();
}
