using System.Globalization;
using System.Text;
using Diagnose.Capture.Linux;
using Diagnose.Capture.Live;
using Microsoft.Win32.SafeHandles;

namespace Diagnose.Capture.DotNet;

/// <summary>
/// The file that a runtime begins because it was asked to: it leaves it behind for ever, in a folder of its container perhaps, and so
/// whoever asked removes it, and no other that has its name by then. Its folder is held open, since the process may be gone by then.
/// </summary>
internal sealed unsafe class NewPerfMap : IDisposable
{
    private readonly SafeFileHandle _folder;
    private readonly byte[] _name;
    private readonly FileStatus _file;

    private NewPerfMap(SafeFileHandle folder, byte[] name, in FileStatus file) => (_folder, _name, _file) = (folder, name, file);

    /// <summary>The name of a process's map.</summary>
    /// <param name="namedBy">Its id in its own pid namespace.</param>
    public static string NameOf(int namedBy) => string.Create(CultureInfo.InvariantCulture, $"perf-{namedBy}.map");

    /// <summary>Folders that have a map of the process.</summary>
    public static HashSet<string> FoldersWith(int pid, string name)
    {
        HashSet<string> found = [];
        foreach (string folder in ProcessTemp.MapFolders(pid))
        {
            int fd = ProcessRoot.Open(pid, Encoding.UTF8.GetBytes($"{folder}/{name}"), Libc.O_PATH, followLinks: false);
            if (fd < 0)
                continue;
            _ = Libc.Close(fd);
            found.Add(folder);
        }

        return found;
    }

    /// <summary>The map that is there by now and was not before; null when there is none.</summary>
    /// <param name="uid">The process's user: in a folder that anybody writes to, others may have put something there.</param>
    public static NewPerfMap? Find(int pid, string name, uint uid, HashSet<string> before)
    {
        foreach (string folder in FoldersWith(pid, name).Except(before))
        {
            int fd = ProcessRoot.Open(pid, Encoding.UTF8.GetBytes(folder), Libc.O_PATH, followLinks: false);
            if (fd < 0)
                continue;
            var map = new NewPerfMap(new SafeFileHandle(fd, ownsHandle: true), Encoding.UTF8.GetBytes(name + '\0'), default);
            if (map.TryLook(out FileStatus file) && file.IsRegular && file.Uid == uid)
                return new NewPerfMap(map._folder, map._name, file);
            map.Dispose();
        }

        return null;
    }

    public void Remove()
    {
        if (!TryLook(out FileStatus file) || (file.Inode, file.Major, file.Minor) != (_file.Inode, _file.Major, _file.Minor))
            return;
        fixed (byte* name = _name)
            _ = Libc.UnlinkAt((int)_folder.DangerousGetHandle(), name, 0);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>What has the name now; a link is not followed.</summary>
    private bool TryLook(out FileStatus file)
    {
        const int noFollow = 0x100;
        fixed (byte* name = _name)
            return FileStatus.TryGet((int)_folder.DangerousGetHandle(), name, noFollow, out file, out _);
    }
}
