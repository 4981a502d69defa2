using System.Globalization;
using Diagnose.Formats.Trace;

namespace Diagnose.Bench.Generate;

/// <summary>A thread of the made machine.</summary>
/// <param name="Context">Its id in the trace.</param>
internal readonly record struct MadeThread(int Context, MadeProgram Program);

/// <summary>Who runs the programs: processes with their ancestors, each with a few threads, in cgroups.</summary>
internal static class MadeThreads
{
    private const int ThreadsPerProcess = 6;

    public static MadeThread[] Make(DefinitionWriter definitions, MadeProgram[] programs, int threads)
    {
        int init = definitions.Process(new ProcessRow(1, definitions.String("systemd"), 0, ProcessFlags.None));
        int kthreadd = definitions.Process(new ProcessRow(2, definitions.String("kthreadd"), 0, ProcessFlags.KernelThread));
        var made = new MadeThread[threads];
        uint pid = 300;
        for (int i = 0; i < programs.Length; i++)
        {
            MadeProgram program = programs[i];
            int cgroup = definitions.Cgroup(new CgroupRow((ulong)(40 + i), definitions.String(Cgroup(program, i))));
            int shim = definitions.Process(new ProcessRow(pid++, definitions.String("containerd-shim"), init, ProcessFlags.None));
            int shell = definitions.Process(new ProcessRow(pid++, definitions.String("entrypoint.sh"), shim, ProcessFlags.None));
            int process = 0, space = 0, inProcess = 0;
            for (int thread = i; thread < threads; thread += programs.Length)
            {
                if (inProcess == 0)
                {
                    process = definitions.Process(program.IsKernel
                        ? new ProcessRow(pid, definitions.String(Worker("kworker/", pid)), kthreadd, ProcessFlags.KernelThread)
                        : new ProcessRow(pid, definitions.String(program.Name), shell, ProcessFlags.None));
                    space = program.IsKernel ? 0 : program.Space(definitions, pid);
                    inProcess = program.IsKernel ? 1 : ThreadsPerProcess;
                }

                string name = program.IsKernel ? Worker("kworker/", pid)
                    : inProcess == ThreadsPerProcess ? program.Name : Worker("worker-", (uint)(ThreadsPerProcess - inProcess));
                made[thread] = new MadeThread(
                    definitions.Context(new ContextRow(pid++, definitions.String(name), process, cgroup, space)), program);
                inProcess--;
            }
        }

        return made;
    }

    private static string Cgroup(MadeProgram program, int number) => program.IsKernel ? "/" : string.Create(
        CultureInfo.InvariantCulture, $"/kubepods.slice/kubepods-pod{number:x4}.slice/cri-{program.Name}.scope");

    private static string Worker(string name, uint number) => name + number.ToString(CultureInfo.InvariantCulture);
}
