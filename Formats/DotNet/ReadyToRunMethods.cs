using System.Buffers.Binary;

namespace Diagnose.Formats.DotNet;

/// <summary>
/// Which method each piece of code of a ReadyToRun image belongs to. Made of the image's tables once; what it returns is looked up in
/// the metadata when it is wanted.
/// </summary>
internal sealed class ReadyToRunMethods
{
    private const int FunctionBytes = 12;

    private readonly ReadyToRunImage _image;

    /// <summary>First functions of methods, in order, and what is known of each: see <see cref="ReadyToRunMethod"/>.</summary>
    private readonly int[] _functions;
    private readonly ReadyToRunMethod[] _methods;

    private ReadyToRunMethods(ReadyToRunImage image, int[] functions, ReadyToRunMethod[] methods) =>
        (_image, _functions, _methods) = (image, functions, methods);

    /// <summary>Memory that it takes.</summary>
    public long Bytes => (_functions.Length + (long)_methods.Length) * sizeof(int);

    public static ReadyToRunMethods Build(ReadyToRunImage image, ReadOnlySpan<byte> file)
    {
        int most = image.RuntimeFunctions.Length / FunctionBytes, known = 0;
        // No two methods begin with one function.
        int[] functions = new int[most];
        var methods = new ReadyToRunMethod[most];
        var defined = new NativeFormat(PartOf(file, image.MethodEntryPoints));
        int count = Math.Min(defined.ArrayCount(), most);
        for (int index = 0; index < count; index++)
        {
            if (defined.TryFindElement(index, out int at))
                Add(FunctionAt(defined, at), new ReadyToRunMethod(index + 1));
        }

        // A hash table of signatures: all of its buckets, one behind the other.
        ReadOnlySpan<byte> instances = PartOf(file, image.InstanceEntryPoints);
        var table = new NativeFormat(instances);
        uint header = table.Byte(0);
        int buckets = 1 << (int)Math.Min(header >> 2, 24), size = 1 << (int)Math.Min(header & 3, 2);
        long next = 1 + (long)table.Fixed(1, size), end = Math.Min(1 + (long)table.Fixed(1 + buckets * size, size), table.Length);
        // Each entry has a signature of its own: together they are not longer than the table.
        int unread = table.Length;
        for (int left = most; next < end && left > 0 && unread > 0; left--)
        {
            int entry = (int)next + 1, signature = entry;
            signature = unchecked(signature + table.Signed(ref entry));
            next = entry;
            if (signature <= 0 || signature >= table.Length)
                continue;
            bool good = InstanceSignature.TrySkip(instances[signature..], out int length);
            unread -= length;
            if (good)
                Add(FunctionAt(table, signature + length), new ReadyToRunMethod(-signature));
        }

        Array.Sort(functions, methods, 0, known);
        return new ReadyToRunMethods(image, functions[..known], methods[..known]);

        void Add(uint function, ReadyToRunMethod method)
        {
            if (function < (uint)most && known < most)
                (functions[known], methods[known++]) = ((int)function, method);
        }
    }

    /// <summary>The code that covers a file offset, and its method.</summary>
    /// <param name="start">File offset of the piece of code: a method's handlers lie apart from its body.</param>
    public bool TryFind(ReadOnlySpan<byte> file, ulong offset, out ulong start, out ulong size, out ReadyToRunMethod method)
    {
        start = size = 0;
        method = default;
        ReadOnlySpan<byte> table = PartOf(file, _image.RuntimeFunctions);
        if (_image.AddressOf(offset) is not { } address)
            return false;
        int low = 0, high = table.Length / FunctionBytes;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (Word(table, middle * FunctionBytes) <= address)
                low = middle + 1;
            else
                high = middle;
        }

        if (low == 0)
            return false;
        int function = low - 1;
        uint begin = Word(table, function * FunctionBytes), end = Word(table, function * FunctionBytes + 4);
        if (address >= end || _image.OffsetOf(begin) is not { } from)
            return false;
        (start, size) = (from, end - begin);
        int found = Array.BinarySearch(_functions, Hot(file, function));
        found = found < 0 ? ~found - 1 : found;
        if (found < 0)
            return false;
        method = _methods[found];
        return true;
    }

    /// <summary>Cold halves stand behind all hot ones, each with the function that it was cut from.</summary>
    private int Hot(ReadOnlySpan<byte> file, int function)
    {
        ReadOnlySpan<byte> map = PartOf(file, _image.HotColdMap);
        int low = 0, high = map.Length / 8;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (Word(map, middle * 8) <= function)
                low = middle + 1;
            else
                high = middle;
        }

        return low == 0 ? function : (int)Word(map, low * 8 - 4);
    }

    /// <summary>The function's number; behind it may stand what must be loaded before the method runs.</summary>
    private static uint FunctionAt(NativeFormat table, int at)
    {
        uint id = table.Unsigned(ref at);
        return (id & 1) != 0 ? id >> 2 : id >> 1;
    }

    private static ReadOnlySpan<byte> PartOf(ReadOnlySpan<byte> file, ImagePart part) => file.Slice(part.Offset, part.Length);

    private static uint Word(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);
}

/// <summary>A method of an assembly.</summary>
/// <param name="Id">Its row in the metadata; or, negative, where the signature of a generic instance lies.</param>
internal readonly record struct ReadyToRunMethod(int Id);
