using System.Diagnostics;
using CsCheck;
using Diagnose.Formats.Elf;
using Diagnose.Formats.Tests.Elf;
using Diagnose.Formats.Unwind;

namespace Diagnose.Formats.Tests.Unwind;

/// <summary>Whatever a file, a stack or registers say: an end with a reason, in bounded time, and never an exception.</summary>
public class UnwindHostileTests
{
    private const string Source = """
        #include <stdio.h>
        #include <string.h>
        #include <stdlib.h>
        static __attribute__((noinline)) int deep(int n, char *p) { char b[64]; memset(b, n, 64); return n > 0 ? deep(n - 1, b) + b[n & 63] : *p; }
        static __attribute__((noinline)) int aligned(int n) { __attribute__((aligned(64))) char b[128]; char *v = __builtin_alloca(n); memset(b, n, 128); return v[0] + b[n & 127]; }
        int main(int n, char **a) { return printf("%d\n", deep(n + 4, a[0]) + aligned(n)) + abs(atoi(a[0])); }
        """;

    [Fact]
    public void A_compiled_file_with_any_byte_of_its_unwind_information_changed_never_throws()
    {
        using var folder = new TestFolder();
        foreach (string options in new[] { "-O2", "-O2 -Wl,--no-eh-frame-hdr", "-g -fno-asynchronous-unwind-tables -gdwarf-4" })
        {
            byte[] file = File.ReadAllBytes(RealBinaries.Compile(folder, Source, options));
            Assert.True(ElfImage.TryParse(file, out ElfImage elf, out _));
            foreach (FileRange range in UnwindTable.RangesOf(elf))
            {
                for (long at = range.Offset; at < range.Offset + range.Size; at++)
                {
                    byte was = file[at];
                    foreach (byte value in new byte[] { 0, 1, 0x7f, 0x80, 0xff, (byte)(was ^ 1), (byte)~was })
                    {
                        file[at] = value;
                        Exercise(file, 24);
                    }

                    file[at] = was;
                }
            }
        }
    }

    [Fact]
    public void A_file_cut_or_changed_anywhere_never_throws()
    {
        byte[] whole = Made();
        for (int length = 0; length < whole.Length; length += length is > 0x600 and < 0x3f00 or > 0x5400 ? 191 : 3)
            Exercise(whole[..length], 8);
        for (int at = 0; at < 0x600; at++)
        {
            byte[] file = Made();
            foreach (byte value in new byte[] { 0, 1, 0x7f, 0xff, (byte)~whole[at] })
            {
                file[at] = value;
                Exercise(file, 4);
            }
        }
    }

    [Fact]
    public void Random_sections_never_throw() => Gen.Select(Gen.Byte.Array[0, 300], Gen.Byte.Array[0, 300], Gen.Byte.Array[0, 300]).Sample((header, eh, debug) =>
    {
        var elf = new UnwindElf { Header = [1, 0x1b, 0x03, 0x3b, .. header] };
        int common = elf.EhFrame.Common(FrameBytes.AtCall);
        elf.EhFrame.Frame(common, 0x1000, 0x1000, eh);
        elf.EhFrame.Raw(eh);
        elf.DebugFrame.Raw(debug);
        Exercise(elf.Write(), 16);
    }, iter: 5_000);

    [Fact]
    public void Random_programs_never_throw() => Gen.Byte.Array[0, 200].Sample(program =>
    {
        var elf = new UnwindElf();
        elf.EhFrame.Frame(elf.EhFrame.Common(program.Length > 100 ? program[..50] : FrameBytes.AtCall), 0x1000, 0x2000, program);
        Exercise(elf.Write(), 8);
    }, iter: 10_000);

    [Fact]
    public void Random_expressions_never_throw() => Gen.Byte.Array[0, 120].Sample(expression =>
    {
        var elf = new UnwindElf();
        elf.EhFrame.Frame(elf.EhFrame.Common(FrameBytes.AtCall), 0x1000, 0x2000, [0x0f, (byte)expression.Length, .. expression]);
        Exercise(elf.Write(), 4);
    }, iter: 10_000);

    [Fact]
    public void Random_stacks_and_registers_end_with_frames_that_were_read_in_the_stack()
    {
        using var folder = new TestFolder();
        byte[] file = File.ReadAllBytes(RealBinaries.Compile(folder, Source, "-O2"));
        Gen.Select(Gen.ULong.Array[0, 64], Gen.Int[0, 0x3000], Gen.Int[0, 600], Gen.Int[0, 100]).Sample((stack, pc, fp, cut) =>
        {
            var process = new TestProcess();
            process.MapFile(file, TestProcess.Bias, TestProcess.Bias + 0x4000, TestProcess.Bias);
            // Half of the words are addresses in the code, or in the stack.
            byte[] bytes = [.. stack.SelectMany(word => BitConverter.GetBytes((word & 3) switch
            {
                0 => TestProcess.Bias + 0x1000 + (word >> 8) % 0x400,
                1 => TestProcess.StackAt + (word >> 8) % 512,
                _ => word,
            }))];
            process.Stack = bytes[..Math.Max(bytes.Length - cut, 0)];
            process.At(TestProcess.Bias + (ulong)pc, fp: TestProcess.StackAt + (ulong)fp);
            ulong[] frames = process.Unwind();
            for (int i = 1; i < frames.Length; i++)
                Assert.True(process.Stack.AsSpan().IndexOf(BitConverter.GetBytes(frames[i])) >= 0);
        }, iter: 20_000);
    }

    [Fact]
    public void Entries_that_take_long_do_not_add_up()
    {
        // One common entry with a program as long as the section, and as many frames as fit that run it.
        var elf = new UnwindElf();
        int common = elf.EhFrame.Common(new byte[7000]);
        for (ulong i = 0; i < 50; i++)
            elf.EhFrame.Frame(common, 0x1000 + i * 16, 16, FrameBytes.AtCall);
        byte[] file = elf.Write();
        var watch = Stopwatch.StartNew();
        for (int i = 0; i < 20; i++)
            Exercise(file, 50);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), watch.Elapsed.ToString());
    }

    private static byte[] Made()
    {
        var elf = new UnwindElf { PltBytes = 32, EntryPoint = 0x1800, Init = [0x48, 0x83, 0xec, 0x08, 0xc3] };
        int common = elf.EhFrame.Common(FrameBytes.AtCall);
        elf.MakeHeader((0x1000, elf.EhFrame.Frame(common, 0x1000, 0x40, [0x41, 0x0e, 16, 0x83, 2])), (0x1100, elf.EhFrame.Frame(common, 0x1100, 0x40, [0x0f, 2, 0x77, 16])));
        elf.DebugFrame.Frame(elf.DebugFrame.Common(FrameBytes.AtCall, "", version: 4), 0x1200, 0x40, [0x0e, 16]);
        return elf.Write();
    }

    /// <summary>Unwinds from addresses all over the file's code.</summary>
    private static void Exercise(byte[] file, int addresses)
    {
        if (!ElfImage.TryParse(file, out ElfImage elf, out _) || UnwindTable.Build(elf) is null)
            return;
        UnwindTable.RangesOf(elf);
        var process = new TestProcess();
        process.MapFile(file, TestProcess.Bias, TestProcess.Bias + 0x10000, TestProcess.Bias);
        for (int i = 0; i < 1024; i += 8)
            BitConverter.TryWriteBytes(process.Stack.AsSpan(i), i % 24 == 0 ? TestProcess.StackAt + (ulong)(i * 3 % 1024) : TestProcess.Bias + 0x1000 + (ulong)(i * 37 % 0x300));
        for (int i = 0; i < addresses; i++)
        {
            process.At(TestProcess.Bias + 0x1000 + (ulong)(i * 0x300 / addresses), fp: TestProcess.StackAt + 64);
            Assert.NotEmpty(process.Unwind());
            Assert.InRange((byte)process.End.Stop, (byte)UnwindStop.ReachedOutermost, (byte)UnwindStop.NoProgress);
        }
    }
}
