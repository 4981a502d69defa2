using Diagnose.Formats.Bytes;

namespace Diagnose.Formats.PerfData;

/// <summary>
/// The feature sections of file mode: behind the data lies one <see cref="FileSection"/> for each bit of the bitmap, in
/// the order of the bits.
/// </summary>
internal static class FileFeatures
{
    /// <summary>Reads them and gives the part of the file that the records are in.</summary>
    public static FileSection Read(
        IFileBytes bytes, PerfDataHeader header, PerfDataFeatures features, PerfDataLimits limits, DamageLog damage)
    {
        var length = (ulong)bytes.Length;
        var data = header.Data;
        if (data.Offset > length)
        {
            damage.Add((long)length, $"the data should start at offset {data.Offset}, beyond the end of the file");
            return new FileSection(length, 0);
        }

        // perf writes the size, and the features, when it ends. Until then the bitmap has bits without sections.
        if (data.Size == 0)
        {
            damage.Add(48, "the data size is 0: perf record was killed; the file is read to its end, and has no feature sections");
            return data with { Size = length - data.Offset };
        }

        if (!data.FitsIn(bytes.Length))
        {
            damage.Add((long)length, $"the file is cut short: its data of {data.Size} bytes start at offset {data.Offset}");
            return data with { Size = length - data.Offset };
        }

        var at = (long)(data.Offset + data.Size);
        for (var bit = 1; bit < 256; bit++)
        {
            var kind = (FeatureKind)bit;
            if (!header.Has(kind)) continue;
            var stored = bytes.Slice(at, FileSection.StoredSize);
            if (stored.Length < FileSection.StoredSize)
            {
                damage.Add(at, $"the file ends before the feature section {kind}");
                break;
            }

            if (kind == FeatureKind.DirFormat)
                damage.Add(at, "perf record --threads: the records lie in further files of a directory, which are not read");
            Read(FileSection.Read(stored, header.Order), kind);
            at += FileSection.StoredSize;
        }

        return data;

        void Read(FileSection section, FeatureKind kind)
        {
            if (!section.FitsIn(bytes.Length) || section.Size > int.MaxValue)
                damage.Add((long)Math.Min(section.Offset, length), $"the feature section {kind} is beyond the end of the file");
            else if (features.Read(kind, bytes.Slice((long)section.Offset, (int)section.Size), header.Order, limits) is { } why)
                damage.Add((long)section.Offset, why);
        }
    }
}
