using System.Globalization;
using Diagnose.Capture.Linux;

namespace Diagnose.Capture.Control;

/// <summary>
/// What a report into a file is about to do, on disk: the file gets its name in one step and the segments in it go after
/// that. One that is killed in between has moved its hits, and they must not be reported again.
/// </summary>
internal sealed class MoveIntent(StateFolders folders)
{
    private readonly string _path = $"{folders.Taken}/moving";

    /// <summary>Notes that <paramref name="half"/>, complete, is about to be renamed to <paramref name="target"/>.</summary>
    public void Write(string half, string target, IEnumerable<SpoolFile> segments)
    {
        if (!FileStatus.TryGet(half, follow: false, out FileStatus status, out int errno))
            throw new IOException(Errno.Text(errno));
        StateFolders.Write(_path, string.Join('\0',
            [Path.GetFullPath(target), Identity(status), .. segments.Select(file => Path.GetFileName(file.Path))]));
    }

    /// <summary>Finishes what a killed report had begun, if the file had its name already. Only under the report lock.</summary>
    public void Settle()
    {
        if (!File.Exists(_path))
            return;
        string[] noted = File.ReadAllText(_path).Split('\0');
        if (noted.Length > 2 && FileStatus.TryGet(noted[0], follow: false, out FileStatus status, out _) && Identity(status) == noted[1])
        {
            foreach (string name in noted.AsSpan(2))
                File.Delete($"{folders.Taken}/{Path.GetFileName(name)}");
        }

        File.Delete(_path);
    }

    private static string Identity(FileStatus file) =>
        string.Create(CultureInfo.InvariantCulture, $"{file.Major}:{file.Minor}:{file.Inode}:{file.Length}");
}
