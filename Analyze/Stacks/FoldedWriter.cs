using System.Buffers;
using System.Buffers.Text;
using Diagnose.Formats.Report;

namespace Diagnose.Analyze.Stacks;

/// <summary>
/// Writes folded stacks, the text other flame graph tools read: one line <c>outermost;…;leaf hits</c> for each distinct
/// stack, in the order of <see cref="MergedStacks"/>. A <c>;</c> in a name is written as <c>:</c>, and what would break
/// the line as <see cref="PrintableName"/> does.
/// </summary>
public static class FoldedWriter
{
    /// <summary>Writes every stack with hits of its own.</summary>
    public static void Write(MergedStacks stacks, IBufferWriter<byte> output) => Write(stacks, null, output);

    /// <summary>Writes every stack that either recording has, with its hits before and after: <c>outermost;…;leaf before after</c>.</summary>
    public static void Write(StackDifference difference, IBufferWriter<byte> output) => Write(difference.Stacks, difference, output);

    private static void Write(MergedStacks stacks, StackDifference? difference, IBufferWriter<byte> output)
    {
        var path = new byte[4096];
        var lengths = new List<int> { 0 };
        for (var node = 1; node < stacks.Count; node++)
        {
            var depth = stacks.Depth(node);
            lengths.RemoveRange(depth, lengths.Count - depth);
            var length = lengths[depth - 1];

            var name = stacks.Name(node);
            var most = length + PrintableName.MaxLength(name.Length) + 1;
            if (path.Length < most)
                Array.Resize(ref path, Math.Max(most, 2 * path.Length));
            if (depth > 1)
                path[length++] = (byte)';';
            var written = path.AsSpan(length, PrintableName.Write(name, path.AsSpan(length)));
            written.Replace((byte)';', (byte)':');
            length += written.Length;
            lengths.Add(length);

            if (stacks.Self(node) == 0)
                continue;
            if (difference is null)
                WriteLine(path.AsSpan(0, length), [stacks.Self(node)], output);
            else
                WriteLine(path.AsSpan(0, length), [difference.SelfBefore(node), difference.SelfAfter(node)], output);
        }
    }

    private static void WriteLine(ReadOnlySpan<byte> path, ReadOnlySpan<long> numbers, IBufferWriter<byte> output)
    {
        const int longestNumber = 20;
        var room = output.GetSpan(path.Length + numbers.Length * (longestNumber + 1) + 1);
        path.CopyTo(room);
        var length = path.Length;
        foreach (var number in numbers)
        {
            room[length++] = (byte)' ';
            Utf8Formatter.TryFormat(number, room[length..], out var digits);
            length += digits;
        }
        room[length++] = (byte)'\n';
        output.Advance(length);
    }
}
