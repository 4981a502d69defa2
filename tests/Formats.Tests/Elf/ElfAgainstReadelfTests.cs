using System.Runtime.InteropServices;
using System.Text;
using Diagnose.Formats.Elf;

namespace Diagnose.Formats.Tests.Elf;

/// <summary>On real binaries our answers are those of binutils.</summary>
public class ElfAgainstReadelfTests
{
    /// <summary>Programs and libraries of a usual machine, stripped and not; those that are missing are left out.</summary>
    private static IEnumerable<string> Candidates() =>
    [
        "/bin/bash", "/bin/ls", "/usr/bin/perf", "/usr/bin/python3", "/usr/bin/gdb", Environment.ProcessPath ?? "",
        Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "libcoreclr.so"),
        Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "libSystem.Native.so"),
        .. new[] { "libc.so.6", "libstdc++.so.6", "libm.so.6", "libcrypto.so.3", "ld-linux-x86-64.so.2" }
            .SelectMany(l => new[] { "/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64", "/usr/lib" }.Select(d => Path.Combine(d, l))),
    ];

    public static TheoryData<string> Binaries => [.. Candidates().Where(File.Exists)];

    [Theory, MemberData(nameof(Binaries))]
    public void Every_function_readelf_lists_is_found_at_its_start_middle_and_end(string path) => Compare(path);

    [Theory, MemberData(nameof(Binaries))]
    public void Build_ids_are_those_of_readelf(string path)
    {
        Assert.True(ElfImage.TryParse(File.ReadAllBytes(path), out var image, out var error), error);
        Assert.Equal(RealBinaries.BuildId(path), Convert.ToHexStringLower(image.BuildId));
    }

    [Fact]
    public void A_program_compiled_now_agrees_stripped_and_unstripped_with_and_without_pie()
    {
        using var folder = new TestFolder();
        foreach (var options in new[] { "-g", "-no-pie", "-static", "-Wl,-z,now", "-fcf-protection=full -Wl,-z,ibtplt", "-s" })
        {
            var path = RealBinaries.Compile(
                folder,
                """
                #include <stdio.h>
                static __attribute__((noinline)) int local(int x) { return printf("%d\n", x); }
                __attribute__((weak)) int weak(int x) { return local(x) + 1; }
                extern int alias(int) __attribute__((alias("weak")));
                int main(int argc, char **argv) { return weak(argc) + puts(argv[0]); }
                """,
                options);
            if (options != "-s")
            {
                Assert.NotEmpty(RealBinaries.Functions(path));
                Compare(path);
            }

            Assert.True(ElfImage.TryParse(File.ReadAllBytes(path), out var image, out _));
            Assert.Equal(RealBinaries.BuildId(path), Convert.ToHexStringLower(image.BuildId));
            Assert.Equal(options != "-s", ElfSymbolIndex.TryFindByName(image, "main"u8, out var main));
            if (options == "-s")
                continue;
            Assert.True(image.TryOffsetOfAddress(main.Address, out var offset));
            Assert.True(image.TryAddressOfOffset(offset, out var back));
            Assert.Equal(main.Address, back);
        }
    }

    [Theory]
    [InlineData("-Wl,-z,lazy"), InlineData("-Wl,-z,now"), InlineData("-fcf-protection=full -Wl,-z,ibtplt"), InlineData("-no-pie -Wl,-z,lazy")]
    public void Plt_entries_have_the_names_objdump_gives_them(string options)
    {
        using var folder = new TestFolder();
        var path = RealBinaries.Compile(
            folder, "#include <stdio.h>\n#include <stdlib.h>\nint main(int n, char **a) { void (*f)(void) = abort; if (n > 9) f(); return atoi(a[0]) + puts(a[0]); }", options);
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
            Assert.Skip("PLT entries are decoded for x86-64 only");
        Assert.True(ElfImage.TryParse(File.ReadAllBytes(path), out var image, out _));
        var index = ElfSymbolIndex.Build(image);

        // "0000000000001030 <puts@plt>:" starts each entry of the disassembly.
        var expected = RealBinaries.Run("objdump", $"-d {path}").Split('\n')
            .Where(l => l.EndsWith("@plt>:", StringComparison.Ordinal)).Select(l => l.Split(' ')).ToList();
        Assert.Contains(expected, e => e[1] == "<puts@plt>:");
        foreach (var entry in expected)
        {
            Assert.True(index.TryFind(Convert.ToUInt64(entry[0], 16) + 6, out var symbol), entry[1]);
            Assert.Equal(ElfSymbolSource.Plt, symbol.Source);
            Assert.Equal(entry[1], $"<{Encoding.UTF8.GetString(index.NameOf(image, symbol))}>:");
        }
    }

    [Fact]
    public void A_debug_link_is_read_as_objcopy_wrote_it()
    {
        using var folder = new TestFolder();
        var path = RealBinaries.Compile(folder, "int main(void) { return 0; }", "-g");
        var debug = Path.Combine(folder.Path, "binary.debug");
        RealBinaries.Run("objcopy", $"--only-keep-debug {path} {debug}");
        RealBinaries.Run("objcopy", $"--strip-all --add-gnu-debuglink={debug} {path}");

        Assert.True(ElfImage.TryParse(File.ReadAllBytes(path), out var stripped, out _));
        Assert.True(stripped.TryDebugLink(out var name, out var crc));
        Assert.Equal("binary.debug", Encoding.UTF8.GetString(name));
        Assert.Equal(System.IO.Hashing.Crc32.HashToUInt32(File.ReadAllBytes(debug)), crc);

        // The debug file, whose sections have no bytes, still has the symbols and the build ID.
        Assert.True(ElfImage.TryParse(File.ReadAllBytes(debug), out var image, out _));
        Assert.Equal(Convert.ToHexStringLower(stripped.BuildId), Convert.ToHexStringLower(image.BuildId));
        Assert.True(ElfSymbolIndex.TryFindByName(image, "main"u8, out var main));
        Assert.True(ElfSymbolIndex.Build(image).TryFind(main.Address, out var found));
        Assert.Equal(main, found);
        Compare(debug);
    }

    [Fact]
    public void A_versioned_name_means_its_default_version()
    {
        using var folder = new TestFolder();
        var versions = Path.Combine(folder.Path, "versions.map");
        File.WriteAllText(versions, "V1 { global: f; local: *; }; V2 { global: f; } V1;");
        var path = RealBinaries.Compile(
            folder,
            """
            int f_old(int x) { return x + 1; }
            int f_new(int x) { return x + 2; }
            __asm__(".symver f_old, f@V1");
            __asm__(".symver f_new, f@@V2");
            """,
            $"-shared -fPIC -nostdlib -s -Wl,--version-script={versions}");
        var expected = RealBinaries.Functions(path).Single(f => f.Name == "f@@V2").Address;

        Assert.True(ElfImage.TryParse(File.ReadAllBytes(path), out var image, out _));
        Assert.True(ElfSymbolIndex.TryFindByName(image, "f"u8, out var symbol));
        Assert.Equal(expected, symbol.Address);
    }

    private static void Compare(string path)
    {
        var file = File.ReadAllBytes(path);
        Assert.True(ElfImage.TryParse(file, out var image, out var error), error);
        var index = ElfSymbolIndex.Build(image);
        var functions = RealBinaries.Functions(path);
        var byAddress = functions.ToLookup(f => f.Address);
        var wrong = new List<string>();
        foreach (var function in functions)
        {
            var last = function.Size == 0 ? function.Address : function.Address + function.Size - 1;
            foreach (var address in new[] { function.Address, function.Address + function.Size / 2, last })
            {
                if (!index.TryFind(address, out var symbol))
                {
                    wrong.Add($"{function}: nothing at {address:x}");
                    continue;
                }

                // The symbol found starts here or nested further in, covers the address, and is one readelf lists at its start
                // (NOTYPE symbols and the PLT are ours to add).
                var name = Encoding.UTF8.GetString(index.NameOf(file, symbol));
                var listed = byAddress[symbol.Address].Any(f => f.Name == name || f.Name.StartsWith(name + "@", StringComparison.Ordinal));
                if (symbol.Address < function.Address || address - symbol.Address >= symbol.Size || (!listed && byAddress.Contains(symbol.Address)))
                    wrong.Add($"{function}: {name} [{symbol.Address:x}, +{symbol.Size:x}) at {address:x}");
            }
        }

        Assert.True(wrong.Count == 0, $"{path}: {wrong.Count} of {functions.Count} wrong:\n" + string.Join('\n', wrong.Take(20)));
    }
}
