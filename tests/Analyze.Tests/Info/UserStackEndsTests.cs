using Diagnose.Analyze.Info;
using Diagnose.Analyze.Tests.Hits;
using Diagnose.Formats.Bytes;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Tests.Info;

public class UserStackEndsTests
{
    private static string Text(params (string Module, StackFlags Flags, int Hits)[] stacks)
    {
        byte[] file = SyntheticTrace.Write(writer =>
        {
            DefinitionWriter d = writer.Definitions;
            d.Meta("user-stack", "dwarf,16384");
            int probe = d.Event(new EventRow(d.String("kprobe:x"), EventKind.Kprobe, 1)), inner = d.Frame(new FrameRow(0, 1, FrameFlags.None));
            ulong time = 0;
            foreach ((string name, StackFlags flags, int hits) in stacks)
            {
                int module = name.Length == 0 ? 0 : d.Module(new ModuleRow(ModuleKind.File, d.String(name), 0, 0, 0, 0));
                int outer = d.Node(new NodeRow(0, d.Frame(new FrameRow(module, 7, FrameFlags.ReturnAddress))));
                int stack = d.Stack(new StackRow(0, d.Node(new NodeRow(outer, inner)), flags));
                for (int i = 0; i < hits; i++)
                    writer.AddHit(++time, 0, probe, 0, stack);
            }

            // No user half: a thread of the kernel.
            writer.AddHit(++time, 0, probe, 0, d.Stack(new StackRow(d.Node(new NodeRow(0, inner)), 0, StackFlags.None)));
        });
        var info = new TraceInfo();
        var segments = new TraceSegments(new FileInMemory(file));
        while (segments.TryNext(out TraceReader? segment))
            info.Add(segment);
        return new InfoText("f", file.Length, info).Write();
    }

    [Fact]
    public void Hits_count_by_how_their_stack_ends_and_by_the_image_that_it_ends_in()
    {
        string text = Text(
            ("/bin/a", StackEnds.Flags(StackEnd.Outermost, false), 5),
            ("/bin/a", StackEnds.Flags(StackEnd.CopyTooShort, false), 2),
            ("/lib/b", StackEnds.Flags(StackEnd.NoUnwindInformation, true), 1),
            ("/lib/b", StackEnds.Flags(StackEnd.NoProgress, false), 1),
            ("", StackEnds.Flags(StackEnd.Outermost, true), 1));
        Assert.Contains("user stacks dwarf,16384: 10 hits have one; 60.0 % reach their thread's first function, 2 with the help of frame pointers\n", text, StringComparison.Ordinal);
        Assert.Contains("""

            user stacks whole  copy too short  no unwind info  other  not known  module in which they end
                            5               2               0      0          0  /bin/a
                            0               0               1      1          0  /lib/b
                            1               0               0      0          0  (not mapped)


            """, text, StringComparison.Ordinal);
        Assert.DoesNotContain("depth limit", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_frame_pointers_nobody_knows_and_there_is_no_table()
    {
        string text = Text(("/bin/a", StackFlags.None, 3));
        Assert.Contains(": 3 hits have one, by frame pointers: whether it is whole is not known\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("module in which they end", text, StringComparison.Ordinal);
        text = Text(("/bin/a", StackFlags.UserByFramePointer, 2), ("/bin/a", StackEnds.Flags(StackEnd.Outermost, false), 1));
        Assert.Contains("3 hits have one; 100.0 % reach their thread's first function; 2 came too fast to be unwound, and follow frame pointers\n", text, StringComparison.Ordinal);
        text = Text(("/bin/a", StackFlags.None, 3), ("/bin/a", StackEnds.Flags(StackEnd.Outermost, false), 1));
        Assert.Contains("4 hits have one; 100.0 % reach their thread's first function; 3 by frame pointers alone: whether they are whole is not known\n", text, StringComparison.Ordinal);
    }
}
