using System.Diagnostics;
using System.Globalization;
using Diagnose.Capture.Linux;
using Diagnose.Capture.Live;
using Diagnose.Formats.Bytes;
using Diagnose.Formats.Elf;
using Diagnose.Formats.PerfData;
using Diagnose.Formats.PerfEvents;
using Diagnose.Formats.Recording;
using Diagnose.Formats.Symbols;
using Diagnose.Formats.Unwind;

namespace Diagnose.Capture.Tests.Recording;

/// <summary>A user stack: where each frame lies, as "offset (file)", leaf first.</summary>
internal sealed record PerfStack(int Tid, ulong Time, string[] Frames);

/// <summary>
/// Stacks of programs that <c>perf record --call-graph dwarf</c> runs, as perf's own unwinder and as ours make them of the
/// same registers and the same copies.
/// </summary>
internal sealed class PerfStacks : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("perf-stacks-").FullName;

    public string Folder => _folder;

    private string Data => Path.Combine(_folder, "perf.data");

    /// <summary>
    /// Runs a program under perf; skips where perf cannot record. It should start no other: perf takes a library to be at the
    /// same address in all processes, and stops there in the others.
    /// </summary>
    public void Record(string command, int stackBytes = 65528, string events = "-e cpu-clock:u -F 999", int atLeast = 10)
    {
        string errors = "";
        // perf 6.1 now and then dies of its own build IDs, and on a busy machine a program can be over before it was hit.
        for (int attempt = 0; attempt < 5; attempt++)
        {
            System.IO.File.Delete(Data);
            try
            {
                (_, _, errors) = Run("perf", $"record -q -N --no-bpf-event -o {Data} {events} --call-graph dwarf,{stackBytes} -- {command}");
            }
            catch (System.ComponentModel.Win32Exception)
            {
                Assert.Skip("perf is not installed");
            }

            if (System.IO.File.Exists(Data) && Expected().Count >= atLeast)
                return;
        }

        Assert.Skip($"perf recorded fewer than {atLeast} stacks of {command}: {errors}");
    }

    /// <summary>What perf's unwinder finds, which works only where symbols are asked for. It gives the addresses of calls, one less than those that they return to.</summary>
    public List<PerfStack> Expected()
    {
        (_, string text, _) = Run("perf", $"script -i {Data} --ns --no-inline --max-stack 1024 -F tid,time,ip,sym,dso");
        List<PerfStack> stacks = [];
        List<string> frames = [];
        foreach (string line in text.Split('\n'))
        {
            string[] words = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (words is [var tid, [.. var time, ':']])
            {
                Take();
                stacks.Add(new PerfStack(Number(tid), ulong.Parse(time.Replace(".", "", StringComparison.Ordinal), CultureInfo.InvariantCulture), []));
            }
            else if (words.Length >= 2 && ulong.Parse(words[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture) < 1UL << 63)
            {
                frames.Add($"{words[0]} {File(line[line.LastIndexOf(" (", StringComparison.Ordinal)..].Trim())}");
            }
        }

        Take();
        return stacks;

        // Of memory without a file and without code we know nothing.
        static string File(string name) => name is "(//anon)" or "([heap])" or "([stack])" ? "([unknown])" : name;

        void Take()
        {
            if (stacks.Count > 0)
                stacks[^1] = stacks[^1] with { Frames = [.. frames] };
            frames.Clear();
        }
    }

    /// <summary>What our unwinder finds.</summary>
    public List<(PerfStack Stack, UnwindEnd End)> Unwound(
        out StackUnwinder unwinder, Func<string, ModuleFile?>? open = null, long keepBytes = 12 << 20, Action? afterEach = null)
    {
        Assert.True(PerfDataReader.TryOpen(new FileInMemory(System.IO.File.ReadAllBytes(Data)), out PerfDataReader? reader, out string? error), error);
        using PerfDataReader records = reader!;
        using var played = new PlayedRecording(new PlayedMachine { File = open ?? Open });
        unwinder = new StackUnwinder(played.Modules, new LiveProcessCode(), keepBytes);
        List<(PerfStack, UnwindEnd)> stacks = [];
        ulong[] frames = new ulong[1024];
        while (records.MoveNext())
        {
            PerfDataRecord record = records.Current;
            if (record.Kind != RecordKind.Sample)
            {
                played.Recorder.SideBand(record.Bytes, record.Layout, isHitRing: false);
                continue;
            }

            Assert.True(record.Layout.TryParseSample(record.Bytes, out SampleRecord sample));
            Assert.True(record.Layout.TryParseUserContext(record.Bytes, out UserContext context));
            TracedProcess process = played.Processes.Thread(sample.Pid, sample.Tid).Process;
            int count = unwinder.Unwind(context, record.Layout.RegistersUser, process, frames, out UnwindEnd end);
            string[] text = new string[count];
            for (int i = 0; i < count; i++)
                text[i] = Text(process, frames[i], i > 0);
            stacks.Add((new PerfStack(sample.Tid, sample.Time, text), end));
            afterEach?.Invoke();
        }

        return stacks;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static ModuleFile? Open(string path) => File.Exists(path)
        && FileImage.TryOpen(File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite), int.MaxValue, out FileImage? image, out _)
            ? ModuleFile.Open(image!) : null;

    /// <summary>Whether a frame is in the code that start-up files bring, or in no file.</summary>
    public static bool IsWithoutRows(string frame)
    {
        string[] words = frame.Split(' ', 2);
        string path = words[1].Trim('(', ')');
        if (!System.IO.File.Exists(path))
            return true;
        ulong offset = Convert.ToUInt64(words[0], 16);
        Assert.True(ElfImage.TryParse(System.IO.File.ReadAllBytes(path), out ElfImage elf, out string error), error);
        return (elf.TrySection(".init"u8, out ElfSection section) && offset - section.Offset < section.Size)
            || (elf.TrySection(".fini"u8, out section) && offset - section.Offset < section.Size);
    }

    /// <summary>Runs a program to its end.</summary>
    public static (int Code, string Output, string Errors) Run(string tool, string arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(tool, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.Result);
    }

    private static string Text(TracedProcess process, ulong address, bool isCaller)
    {
        ulong call = isCaller ? address - 1 : address;
        return process.Space.Maps.TryFind(call, out Mapping mapping)
            ? $"{Hex(call - mapping.Start + mapping.Offset)} ({System.Text.Encoding.UTF8.GetString(mapping.Module.Path)})" : $"{Hex(call)} ([unknown])";
    }

    private static string Hex(ulong value) => value.ToString("x", CultureInfo.InvariantCulture);

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
