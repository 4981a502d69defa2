using System.Globalization;
using System.Text;
using BenchmarkDotNet.Attributes;
using Diagnose.Bench.Generate;
using Diagnose.Bench.Stages.Output;
using Diagnose.Formats.Kernel;

namespace Diagnose.Bench.Stages;

/// <summary>Kernel addresses → functions, in as many symbols as a distribution's kernel has.</summary>
public class KallsymsLookup
{
    private const int Symbols = 150_000, Lookups = 100_000;
    private const ulong Start = 0xffffffff81000000;

    private readonly ulong[] _addresses = new ulong[Lookups];
    private byte[] _text = [];
    private KernelSymbols? _symbols;

    [GlobalSetup]
    public void Setup()
    {
        var numbers = new SeededNumbers(1);
        var text = new StringBuilder();
        ulong address = Start;
        for (int i = 0; i < Symbols; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{address:x16} {(i == 0 ? 'T' : 't')} {(i == 0 ? "_text" : $"function_{i:x}")}\n");
            address += 16 + (ulong)numbers.Below(32) * 16;
        }

        for (int i = 0; i < Lookups; i++)
            _addresses[i] = Start + numbers.Next() % (address - Start);
        _text = Encoding.ASCII.GetBytes(text.ToString());
        _symbols = Load();
        Workload.Declare<KallsymsLookup>(Lookups, "lookups", 0);
    }

    [Benchmark]
    public long Find()
    {
        long found = 0;
        foreach (ulong address in _addresses)
            found += _symbols!.TryFind(address, out KernelSymbol symbol) ? symbol.Name.Length : 0;
        return found;
    }

    private KernelSymbols Load()
    {
        var builder = new KernelSymbolsBuilder();
        builder.Append(_text);
        return builder.Build();
    }
}
