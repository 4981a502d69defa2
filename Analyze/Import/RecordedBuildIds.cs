using System.Text;
using Diagnose.Formats.PerfData;

namespace Diagnose.Analyze.Import;

/// <summary>The build-id table of a file, by the names that mappings have. perf fills it when it ends, with what was hit.</summary>
internal sealed class RecordedBuildIds(PerfDataFeatures features)
{
    private readonly Dictionary<string, byte[]> _ids = [];
    private int _taken;

    /// <summary>Empty where the table does not name the file.</summary>
    public byte[] Of(ReadOnlySpan<byte> name)
    {
        // In pipe mode entries come one by one.
        for (; _taken < features.BuildIds.Count; _taken++)
        {
            BuildIdEvent entry = features.BuildIds[_taken];
            // What a guest maps may have the names of this machine's files.
            if (entry.Pid <= 0 && entry.BuildId.Span.ContainsAnyExcept((byte)0))
                _ids[Key(entry.Filename.Span)] = entry.BuildId.ToArray();
        }

        return _ids.Count == 0 ? [] : _ids.GetValueOrDefault(Key(name), []);
    }

    // Any bytes can be a name, and this keeps all apart.
    private static string Key(ReadOnlySpan<byte> name) => Encoding.Latin1.GetString(name);
}
