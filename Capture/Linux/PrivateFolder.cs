using System.Text;

namespace Diagnose.Capture.Linux;

/// <summary>
/// A folder that only its owner may enter, so that whatever is opened by name in it is what this program put there: no
/// other user can plant a link or a file.
/// </summary>
public static unsafe class PrivateFolder
{
    private const uint OwnerOnly = 0x1C0, OthersBits = 0x3F, OthersWrite = 0x12, Sticky = 0x200;

    /// <summary>
    /// Makes the folder unless it is there, and checks it: no link, ours, open to nobody else, in a folder in which nobody
    /// else can put another in its place. Returns 0 or an errno, and then why.
    /// </summary>
    /// <param name="make">False only looks: a folder that is not there is ENOENT.</param>
    public static int Open(string path, bool make, out string why)
    {
        why = "";
        string parent = Path.GetDirectoryName(path)!;
        if (!FileStatus.TryGet(parent, follow: true, out FileStatus status, out int errno))
            return Fail(errno, $"{parent}: {Errno.Text(errno)}", out why);
        uint user = Libc.EffectiveUser();
        if (status.Uid != 0 && status.Uid != user)
            return Fail(Errno.EACCES, $"{parent} belongs to user {status.Uid}, who could replace {path}", out why);
        if ((status.Mode & OthersWrite) != 0 && (status.Mode & Sticky) == 0)
            return Fail(Errno.EACCES, $"others can write to {parent}, and so replace {path}", out why);
        if (make)
        {
            fixed (byte* name = Terminated(path))
            {
                if (Libc.MakeDirectory(name, OwnerOnly) != 0 && Errno.Last is var failed and not Errno.EEXIST)
                    return Fail(failed, $"cannot make {path}: {Errno.Text(failed)}", out why);
            }
        }

        if (!FileStatus.TryGet(path, follow: false, out status, out errno))
            return Fail(errno, $"{path}: {Errno.Text(errno)}", out why);
        if (!status.IsFolder)
            return Fail(Errno.ENOTDIR, $"{path} is no folder", out why);
        if (status.Uid != user)
            return Fail(Errno.EACCES, $"{path} belongs to user {status.Uid}, not to {user}", out why);
        if ((status.Mode & OthersBits) != 0)
            return Fail(Errno.EACCES, $"{path} is open to other users (mode {Convert.ToString(status.Mode & 0xFFF, 8)}): make it 0700 once you know what is in it", out why);
        return 0;
    }

    private static byte[] Terminated(string path) => Encoding.UTF8.GetBytes(path + '\0');

    private static int Fail(int errno, string reason, out string why)
    {
        why = reason;
        return errno;
    }
}
