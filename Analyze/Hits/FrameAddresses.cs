using System.Runtime.InteropServices;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Hits;

/// <summary>
/// The raw address that a frame had in one process: frames are kept as places in modules, and the mapping says where the
/// module was.
/// </summary>
public sealed class FrameAddresses
{
    private readonly TraceDefinitions _definitions;
    private readonly Dictionary<(int Space, int Module), List<MappingRow>> _mappings = [];

    public FrameAddresses(TraceDefinitions definitions)
    {
        _definitions = definitions;
        LoadedTable mappings = definitions[TableId.Mappings];
        for (int id = 1; id < mappings.Count; id++)
        {
            if (!mappings.IsDefined(id))
                continue;
            MappingRow row = definitions.Mapping(id);
            if (!_mappings.TryGetValue((row.Space, row.Module), out List<MappingRow>? list))
                _mappings.Add((row.Space, row.Module), list = []);
            list.Add(row);
        }
    }

    /// <summary>The address, or the offset in the module where no mapping of it is known.</summary>
    /// <param name="isFixed">
    /// True when every later hit has the same answer; false when the module was mapped there more than once, or only later.
    /// </param>
    public ulong Of(FrameRow frame, int space, ulong time, out bool isFixed)
    {
        isFixed = true;
        ModuleRow module = _definitions.Module(frame.Module);
        switch (module.Kind)
        {
            case ModuleKind.Unknown or ModuleKind.Anonymous:
                return frame.Offset;
            case ModuleKind.Kernel or ModuleKind.KernelModule:
                return module.Base + frame.Offset;
        }

        ulong offset = frame.Flags.HasFlag(FrameFlags.ReturnAddress) ? frame.Offset - 1 : frame.Offset;
        // Spaces only refer to earlier ones, so the walk ends.
        for (; space != 0; space = Parent(space, ref time))
        {
            if (!_mappings.TryGetValue((space, frame.Module), out List<MappingRow>? list))
                continue;
            MappingRow? best = null;
            int candidates = 0;
            foreach (ref readonly MappingRow row in CollectionsMarshal.AsSpan(list))
            {
                if (offset < row.Offset || offset - row.Offset >= row.Length)
                    continue;
                candidates++;
                if (row.Time <= time && (best is null || row.Time >= best.Value.Time))
                    best = row;
            }

            isFixed &= candidates == 0 || (candidates == 1 && best is not null);
            if (best is { } found)
                return found.Start + (frame.Offset - found.Offset);
        }

        return frame.Offset;
    }

    private int Parent(int space, ref ulong time)
    {
        SpaceRow row = _definitions.Space(space);
        time = row.ForkTime;
        return row.Parent;
    }
}
