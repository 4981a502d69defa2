using System.Buffers;
using Diagnose.Analyze.Hits;
using Diagnose.Formats.Report;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Stacks;

/// <summary>The names of a segment's frames as the graph shows them, made once for each frame.</summary>
internal sealed class ShownFrames
{
    private readonly FrameNames _names;
    private readonly FrameSymbols _symbols;
    private readonly FrameName?[] _userNames;
    private readonly FrameName?[] _kernelNames;
    private readonly ArrayBufferWriter<byte> _line = new();

    /// <param name="names">What the frames' names are numbers in.</param>
    public ShownFrames(TraceDefinitions definitions, NameTable names)
    {
        _names = new FrameNames(names);
        _symbols = new FrameSymbols(definitions);
        Modules = new FrameModules(definitions, _symbols, names);
        _userNames = new FrameName?[definitions[TableId.Frames].Count];
        _kernelNames = new FrameName?[_userNames.Length];
    }

    /// <summary>Whose code the user frames are.</summary>
    public FrameModules Modules { get; }

    public FrameName Of(int frame, bool isKernel)
    {
        // By half: nothing in the format keeps a frame from standing in both, and each half shows names its own way.
        FrameName?[] known = isKernel ? _kernelNames : _userNames;
        if ((uint)frame >= (uint)known.Length)
            frame = 0;
        return known[frame] ??= isKernel ? KernelName(frame) : UserName(frame);
    }

    // A name can hold what means something in the report's text (blanks at its ends, brackets), so it goes the report's
    // way here, too: a trace and the report printed from it must give the same graph. Once for each distinct frame.
    private FrameName UserName(int frame)
    {
        _line.ResetWrittenCount();
        ReportWriter.UserFrame(_line, 0, _symbols.Name(frame));
        return TryReadLine(out ReportFrame read) ? _names.User(read.Name) : _names.User(_symbols.Name(frame));
    }

    private FrameName KernelName(int frame)
    {
        _line.ResetWrittenCount();
        ReportWriter.KernelFrame(_line, 0, _symbols.Name(frame), _symbols.KernelModule(frame));
        return TryReadLine(out ReportFrame read)
            ? _names.Kernel(read.Name, read.Module) : _names.Kernel(_symbols.Name(frame), _symbols.KernelModule(frame));
    }

    private bool TryReadLine(out ReportFrame frame) => ReportFrame.TryParse(_line.WrittenSpan[..^1], out frame, out _);
}
