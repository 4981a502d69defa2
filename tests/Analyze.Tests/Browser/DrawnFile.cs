using System.Text;
using System.Text.RegularExpressions;
using Diagnose.Analyze.Flame;
using Diagnose.Analyze.Stacks;

namespace Diagnose.Analyze.Tests.Browser;

/// <summary>A graph written to a file for a browser.</summary>
internal sealed class DrawnFile : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("diagnose-drawn-").FullName;

    private readonly string _name;

    private DrawnFile(string name) => _name = name;

    public string Path => System.IO.Path.Combine(_folder, _name);

    public static DrawnFile Svg(MergedStacks stacks, FlameOptions? options = null)
    {
        var file = new DrawnFile("graph.svg");
        using FileStream stream = File.Create(file.Path);
        SvgWriter.Write(stacks, options ?? new FlameOptions(), stream);
        return file;
    }

    public static DrawnFile Page(MergedStacks stacks, HitTimeline? timeline, FlameOptions? options = null)
    {
        var file = new DrawnFile("page.html");
        using FileStream stream = File.Create(file.Path);
        PageWriter.Write(new HitFigures(stacks), timeline, options ?? new FlameOptions(), stream);
        return file;
    }

    /// <summary>A page where <paramref name="name"/> ends with .html, or else a graph.</summary>
    public static DrawnFile Difference(string name, DifferenceFigures figures)
    {
        var file = new DrawnFile(name);
        using FileStream stream = File.Create(file.Path);
        if (name.EndsWith(".html", StringComparison.Ordinal))
            PageWriter.Write(figures, null, new FlameOptions(), stream);
        else
            SvgWriter.Write(figures, new FlameOptions(), stream);
        return file;
    }

    /// <summary>Stacks of frames written <c>k:vfs_read</c>: the first letter is the kind's class, as in the drawing.</summary>
    public static MergedStacks Stacks(params (string Stack, long Hits)[] stacks)
    {
        var tree = new FlameTree(new NameTable());
        foreach ((string stack, long hits) in stacks)
        {
            int node = FlameTree.Root;
            foreach (string frame in Regex.Split(stack, ";(?=[a-z]:)"))
            {
                FrameKind kind = Kind(frame[0]);
                node = tree.Child(node, tree.Names.Intern(Encoding.UTF8.GetBytes(frame[2..])), kind == FrameKind.Managed ? FrameKind.User : kind);
                if (kind is FrameKind.User or FrameKind.Managed)
                    tree.Tell(node, kind == FrameKind.User ? tree.Names.Intern("/usr/lib/x86_64-linux-gnu/libc.so.6"u8) : -1, kind == FrameKind.Managed);
            }

            tree.Add(node, hits);
        }

        return tree.Merge();
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static FrameKind Kind(char letter) => letter switch
    {
        'c' => FrameKind.Cgroup,
        'p' => FrameKind.Process,
        't' => FrameKind.Thread,
        'u' => FrameKind.User,
        'j' => FrameKind.Managed,
        'k' => FrameKind.Kernel,
        'm' => FrameKind.KernelModule,
        _ => FrameKind.Unknown,
    };
}
