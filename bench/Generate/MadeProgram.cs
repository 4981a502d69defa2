using Diagnose.Formats.Trace;

namespace Diagnose.Bench.Generate;

/// <summary>A program that runs on the made machine: the stacks it is seen in, the commonest first, and what it maps.</summary>
internal sealed class MadeProgram
{
    /// <summary>Where its image and the C library lie in each of its processes, before address randomisation.</summary>
    private const ulong ImageAt = 0x55d0_0000_0000, LibraryAt = 0x7f10_0000_0000;

    private readonly (MadeModule Module, ulong Address)[] _maps;
    private readonly Zipf _popularity;

    private MadeProgram(string name, int[] stacks, params (MadeModule, ulong)[] maps)
    {
        Name = name;
        Stacks = stacks;
        _maps = maps;
        _popularity = new Zipf(stacks.Length);
    }

    public string Name { get; }

    /// <summary>Ids of its stacks.</summary>
    public int[] Stacks { get; }

    /// <summary>True for the kernel's own threads.</summary>
    public bool IsKernel => _maps.Length == 0;

    public int DrawStack(SeededNumbers numbers) => Stacks[_popularity.Draw(numbers)];

    /// <summary>An address space of one of its processes.</summary>
    public int Space(DefinitionWriter definitions, uint pid)
    {
        int space = definitions.Space(new SpaceRow(pid, 0, 0));
        ulong shift = (ulong)pid << 24;
        foreach ((MadeModule module, ulong address) in _maps)
        {
            ulong length = (module.Size + 0xfff) & ~0xffful;
            definitions.Mapping(new MappingRow(space, 0, address + shift, length, 0, 0, module.Id));
        }

        return space;
    }

    /// <summary>Makes programs with so many different stacks in all; with room for it the last one is the kernel's threads.</summary>
    public static MadeProgram[] MakeAll(DefinitionWriter definitions, SeededNumbers numbers, int programs, int stacks)
    {
        var kernel = new MadeModule(definitions, ModuleKind.Kernel, "[kernel.kallsyms]", 0xffffffff81000000, 3000,
            SymbolSource.Kallsyms, MadeNames.Function);
        var driver = new MadeModule(definitions, ModuleKind.KernelModule, "virtio_net", 0xffffffffc0200000, 60,
            SymbolSource.Kallsyms, number => "virtnet_" + MadeNames.Function(number));
        var library = new MadeModule(definitions, ModuleKind.File, "/usr/lib/x86_64-linux-gnu/libc.so.6", 0, 800,
            SymbolSource.DynSym, number => "__" + MadeNames.Function(number));
        var made = new MadeProgram[programs];
        int left = stacks;
        for (int i = 0; i < programs; i++)
        {
            int count = left / (programs - i);
            left -= count;
            string name = MadeNames.Programs[i % MadeNames.Programs.Length];
            // About as many kernel halves as user halves: any of these is seen with any of those.
            int kernelHalves = Math.Max(1, (int)Math.Sqrt(count));
            if (i > 2 && i == programs - 1)
            {
                int[] alone = MadeHalves.Make(definitions, numbers, count, 12, kernel, driver);
                made[i] = new MadeProgram("kworker", Combine(definitions, numbers, alone, [0], count));
                continue;
            }

            bool isCpp = i % 2 == 0;
            var image = new MadeModule(definitions, ModuleKind.File, $"/usr/bin/{name}", 0, 400, SymbolSource.SymTab,
                number => isCpp ? MadeNames.CppFunction(name.Replace('-', '_'), number) : $"{name[..2]}_{MadeNames.Function(number)}");
            int[] inKernel = MadeHalves.Make(definitions, numbers, kernelHalves, 14, kernel, driver);
            int[] inUser = MadeHalves.Make(definitions, numbers, (count + kernelHalves - 1) / kernelHalves, 32, image, library);
            made[i] = new MadeProgram(name, Combine(definitions, numbers, inKernel, inUser, count), (image, ImageAt), (library, LibraryAt));
        }

        return made;
    }

    /// <summary>The first so many pairs of halves, in any order: which is common and which is rare has nothing to do with the tree.</summary>
    private static int[] Combine(DefinitionWriter definitions, SeededNumbers numbers, int[] kernel, int[] user, int count)
    {
        int[] stacks = new int[count];
        for (int i = 0; i < count; i++)
            stacks[i] = definitions.Stack(new StackRow(kernel[i % kernel.Length], user[i / kernel.Length], StackFlags.None));
        for (int i = count - 1; i > 0; i--)
        {
            int other = numbers.Below(i + 1);
            (stacks[i], stacks[other]) = (stacks[other], stacks[i]);
        }

        return stacks;
    }
}
