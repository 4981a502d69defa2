using System.Runtime.InteropServices;
using Diagnose.Formats.Elf;
using Diagnose.Formats.Tests.Elf;
using Diagnose.Formats.Unwind;
using Diagnose.Formats.Unwind.X64;

namespace Diagnose.Formats.Tests.Unwind;

/// <summary>On real binaries every row of the unwind table, for every register, is the one that binutils prints.</summary>
public class RowsAgainstReadelfTests
{
    public static TheoryData<string> Binaries =>
    [
        .. new[]
        {
            "/bin/bash", "/usr/bin/git", "/usr/bin/perl", "/usr/bin/python3", "/usr/bin/perf", Environment.ProcessPath ?? "",
            Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "libcoreclr.so"),
            Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "libSystem.Native.so"),
            "/lib64/ld-linux-x86-64.so.2", "/lib/x86_64-linux-gnu/libc.so.6", "/lib/x86_64-linux-gnu/libm.so.6",
            "/usr/lib/x86_64-linux-gnu/libstdc++.so.6", "/usr/lib/x86_64-linux-gnu/libcrypto.so.3",
        }.Where(File.Exists),
    ];

    [Theory, MemberData(nameof(Binaries))]
    public void Every_row_is_that_of_readelf(string path) => Assert.True(Compare(path, ".eh_frame") > 20);

    [Theory]
    [InlineData("-fno-asynchronous-unwind-tables -fno-unwind-tables -gdwarf-4")]
    [InlineData("-fno-asynchronous-unwind-tables -fno-unwind-tables -gdwarf-3 -O2")]
    public void Rows_of_debug_frame_are_too(string options)
    {
        using var folder = new TestFolder();
        string path = RealBinaries.Compile(folder,
            """
            #include <stdio.h>
            #include <string.h>
            static __attribute__((noinline)) int deep(int n, char *p) { char b[64]; memset(b, n, 64); return n > 0 ? deep(n - 1, b) + b[n & 63] : *p; }
            int main(int n, char **a) { char *v = __builtin_alloca(n * 16); v[0] = 1; printf("%d\n", deep(n + 4, v)); return 0; }
            """,
            "-g " + options);
        Assert.True(Compare(path, ".debug_frame") > 5);
    }

    [Fact]
    public void An_index_finds_what_the_linkers_search_table_finds()
    {
        using var folder = new TestFolder();
        const string Source = "#include <stdio.h>\nint f(int x) { return printf(\"%d\", x) + 1; }\nint main(int n, char **a) { return f(n) + puts(a[0]); }";
        string path = RealBinaries.Compile(folder, Source, "-Wl,--no-eh-frame-hdr");
        Assert.DoesNotContain("EH_FRAME", RealBinaries.Run("readelf", $"-lW {path}"), StringComparison.Ordinal);
        Assert.True(Compare(path, ".eh_frame") > 10);
    }

    /// <summary>Returns how many rows were compared.</summary>
    private static int Compare(string path, string section)
    {
        byte[] file = File.ReadAllBytes(path);
        Assert.True(ElfImage.TryParse(file, out ElfImage elf, out string error), error);
        if (elf.Machine != ElfMachine.X64)
            Assert.Skip("rows are compared for x86-64 only");
        UnwindTable table = UnwindTable.Build(elf)!;
        var program = new FrameProgram(X64Registers.Columns);
        int compared = 0;
        foreach (ReadelfRow row in ReadelfFrames.Read(path, section))
        {
            foreach (ulong address in new[] { row.Start, row.End - 1 })
            {
                string where = $"{path} {address:x}, entry {row.EntryStart:x}";
                Assert.True(table.TryFind(file, address, out CommonEntry common, out FrameEntry entry, out _), where);
                if (entry.Start != row.EntryStart)
                    continue; // another entry describes the same code
                CompactRow made = table.RowOf<X64Registers>(program, file, address);
                Assert.Equal($"{where}: {row.Text}", $"{where}: {RowText.Of(program, row.Columns)}");
                Assert.Equal(row.IsSignalFrame, program.IsSignalFrame);
                if (made.Kind == RowKind.Simple)
                    Assert.Equal($"{where}: {row.Text}", $"{where}: {RowText.Of(made, row.Columns)}");
                else if (made.Kind == RowKind.Outermost)
                    Assert.Contains("ra=u", row.Text, StringComparison.Ordinal);
                compared++;
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{path}: {compared} rows");
        return compared;
    }
}
