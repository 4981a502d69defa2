using BenchmarkDotNet.Attributes;
using Diagnose.Bench.Generate;
using Diagnose.Bench.Stages.Output;
using Diagnose.Formats.Elf;

namespace Diagnose.Bench.Stages;

/// <summary>Addresses → functions of a real shared library: the C library that this process has mapped.</summary>
public class ElfLookup
{
    private const int Lookups = 100_000;

    private readonly ulong[] _addresses = new ulong[Lookups];
    private byte[] _file = [];
    private ElfSymbolIndex? _index;

    [GlobalSetup]
    public void Setup()
    {
        string line = File.ReadLines("/proc/self/maps").First(line => Path.GetFileName(line).StartsWith("libc.so", StringComparison.Ordinal));
        _file = File.ReadAllBytes(line[line.IndexOf('/', StringComparison.Ordinal)..]);
        ElfImage image = Open();
        _index = ElfSymbolIndex.Build(image);
        if (!image.TrySection(".text"u8, out ElfSection text))
            throw new InvalidDataException("the C library has no .text");
        var numbers = new SeededNumbers(1);
        for (int i = 0; i < Lookups; i++)
            _addresses[i] = text.Address + numbers.Next() % text.Size;
        Workload.Declare<ElfLookup>(Lookups, "lookups", 0);
    }

    [Benchmark]
    public long Find()
    {
        long found = 0;
        foreach (ulong address in _addresses)
            found += _index!.TryFind(address, out ElfSymbol symbol) ? _index.NameOf(_file, symbol).Length : 0;
        return found;
    }

    private ElfImage Open() =>
        ElfImage.TryParse(_file, out ElfImage image, out string error) ? image : throw new InvalidDataException(error);
}
