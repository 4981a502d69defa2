using System.Text;
using Diagnose.Formats.PerfEvents;

namespace Diagnose.Formats.Tests.PerfEvents;

public class RecordedRingTests
{
    [Fact]
    public void Every_hit_of_a_kprobe_is_read_whole()
    {
        var reader = new RecordReader(RecordedRing.Hits);
        var hits = 0;
        ulong time = 0, id = 0;
        while (reader.MoveNext())
        {
            Assert.Equal(RecordKind.Sample, reader.Kind);
            Assert.True(RecordedRing.HitLayout.TryParseSample(reader.Current, out var hit));
            hits++;
            Assert.True(hit.Time > time);
            time = hit.Time;
            Assert.Equal(id == 0 ? hit.Id : id, hit.Id);
            id = hit.Id;
            Assert.Equal(1, hit.Cpu);
            Assert.Equal(hit.Pid, hit.Tid);
            Assert.Equal(23UL, hit.Cgroup);
            var chain = new CallchainSplit(hit.Callchain);
            Assert.Equal(0, chain.Skipped);
            Assert.False(chain.Kernel.IsEmpty);
            Assert.False(chain.User.IsEmpty);
            // The breakpoint of a kprobe is one byte, and the address after it is where the callchain starts.
            Assert.InRange(chain.Kernel[0], hit.Ip, hit.Ip + 1);
            foreach (var frame in chain.Kernel) Assert.True((long)frame < 0);
            foreach (var frame in chain.User) Assert.True((long)frame >= 0);
        }

        Assert.Null(reader.Error);
        Assert.Equal(RecordedRing.Hits.Length, reader.NextOffset);
        Assert.Equal(ExpectedHits, hits);
    }

    [Fact]
    public void The_side_band_tells_forks_names_mappings_and_cgroups()
    {
        var layout = RecordedRing.SideBandLayout;
        var reader = new RecordReader(RecordedRing.SideBand);
        var story = new List<string>();
        while (reader.MoveNext())
        {
            var record = reader.Current;
            Assert.True(layout.TryParseSampleId(record, out var at));
            Assert.Equal(0, at.Cpu);
            Assert.True(at.Time > 0 && at.Id > 0);
            switch (reader.Kind)
            {
                case RecordKind.Comm:
                    Assert.True(CommRecord.TryParse(record, layout, out var comm));
                    Assert.Equal((at.Pid, at.Tid), (comm.Pid, comm.Tid));
                    story.Add($"{(comm.IsExec ? "exec" : "comm")} {Encoding.UTF8.GetString(comm.Comm)}");
                    break;
                case RecordKind.Fork or RecordKind.Exit:
                    Assert.True(TaskRecord.TryParse(record, layout, out var task));
                    Assert.Equal(reader.Kind == RecordKind.Exit, task.IsExit);
                    // The kernel reads the clock for the trailer first.
                    Assert.True(task.Time >= at.Time);
                    if (task.IsExit) Assert.Equal(at.Tid, task.Tid);
                    else Assert.Equal(at.Tid, task.ParentTid);
                    story.Add(task.IsExit ? "exit" : "fork");
                    break;
                case RecordKind.Mmap2:
                    Assert.True(Mmap2Record.TryParse(record, layout, out var mmap));
                    Assert.Equal(at.Pid, mmap.Pid);
                    Assert.Equal(0UL, mmap.Addr % 4096);
                    Assert.Equal(0UL, mmap.Len % 4096);
                    // The vDSO has no file to take a build ID from.
                    Assert.Equal(!mmap.Filename.SequenceEqual("[vdso]"u8), mmap.HasBuildId);
                    Assert.Equal(mmap.HasBuildId ? 20 : 0, mmap.BuildId.Length);
                    story.Add($"map {Path.GetFileName(Encoding.UTF8.GetString(mmap.Filename))}");
                    break;
                case RecordKind.Cgroup:
                    Assert.True(CgroupRecord.TryParse(record, layout, out var cgroup));
                    story.Add($"cgroup {Encoding.UTF8.GetString(cgroup.Path)}");
                    break;
                default:
                    Assert.Fail($"unexpected {reader.Kind}");
                    break;
            }
        }

        Assert.Null(reader.Error);
        Assert.Equal(ExpectedStory, string.Join("; ", story));
    }

    private const int ExpectedHits = 31;
    private const string ExpectedStory =
        "fork; exec cat; map cat; map ld-linux-x86-64.so.2; map [vdso]; map libc.so.6; cgroup /later5; exit; "
        + "exec sleep; map sleep; map ld-linux-x86-64.so.2; map [vdso]; map libc.so.6";
}
