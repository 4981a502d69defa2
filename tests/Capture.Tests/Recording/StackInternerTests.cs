using Diagnose.Formats.PerfEvents;
using Diagnose.Formats.Recording;
using Diagnose.Formats.Trace;

namespace Diagnose.Capture.Tests.Recording;

public sealed class StackInternerTests
{
    [Fact]
    public void One_file_at_different_addresses_in_two_processes_gives_one_stack()
    {
        using var played = new PlayedRecording();
        played.Map(10, 0x7f0000000000, 0x2000, 0x1000, "/lib/libc.so.6", buildId: 9);
        played.Map(20, 0x7e0000000000, 0x2000, 0x1000, "/lib/libc.so.6", buildId: 9);
        played.Hit(10, 10, time: 1, chain: PlayedRecording.Chain([0xffffffff81001000], [0x7f0000000010, 0x7f0000000100]));
        played.Hit(20, 20, time: 2, chain: PlayedRecording.Chain([0xffffffff81001000], [0x7e0000000010, 0x7e0000000100]));
        RecordedTrace trace = played.Read();
        Assert.Equal(trace.Hits[0].Stack, trace.Hits[1].Stack);
        Assert.Equal(2, trace.Rows(TableId.Mappings));
        Assert.Equal(1, trace.Rows(TableId.Stacks));
    }

    [Fact]
    public void One_chain_under_different_mappings_gives_different_frames()
    {
        using var played = new PlayedRecording();
        played.Map(10, 0x400000, 0x1000, 0, "/bin/a");
        played.Map(20, 0x400000, 0x1000, 0, "/bin/b");
        played.Hit(10, 10, time: 1, chain: [0x400010]);
        played.Hit(20, 20, time: 2, chain: [0x400010]);
        played.Map(10, 0x400000, 0x1000, 0, "/bin/c");
        played.Hit(10, 10, time: 3, chain: [0x400010]);
        RecordedTrace trace = played.Read();
        Assert.Equal(["a+10", "b+10", "c+10"], [trace.Stack(0), trace.Stack(1), trace.Stack(2)]);
    }

    [Fact]
    public void A_return_address_past_the_end_of_its_mapping_belongs_to_it_and_a_leaf_there_does_not()
    {
        using var played = new PlayedRecording();
        played.Map(10, 0x400000, 0x1000, 0, "/bin/a");
        played.Hit(10, 10, time: 1, chain: PlayedRecording.Chain([], [0x401000, 0x401000]));
        Assert.Equal("?+401000; a+1000", played.Read().Stack(0));
    }

    [Theory]
    [InlineData(1, 2, StackFlags.None)]
    [InlineData(2, 2, StackFlags.UserTruncated)]
    [InlineData(4, 0, StackFlags.KernelTruncated)]
    [InlineData(3, 0, StackFlags.None)]
    public void A_chain_as_long_as_the_kernel_allows_is_said_to_be_cut(int kernel, int user, StackFlags flags)
    {
        using var played = new PlayedRecording(maxStack: 4);
        played.Hit(10, 10, chain: PlayedRecording.Chain(
            [.. Enumerable.Repeat(0xffffffff81001000, kernel)], [.. Enumerable.Repeat(0x400010UL, user)]));
        RecordedTrace trace = played.Read();
        Assert.Equal(flags, trace.Definitions.Stack(trace.Hits[0].Stack).Flags);
    }

    [Fact]
    public void The_kernels_limit_says_nothing_of_a_half_that_was_unwound()
    {
        using var played = new PlayedRecording(maxStack: 4);
        StackFlags whole = StackEnds.Flags(StackEnd.Outermost, byFramePointer: false), cut = StackEnds.Flags(StackEnd.CopyTooShort, byFramePointer: true);
        TracedProcess process = played.Processes.Process(10);
        int[] stacks =
        [
            played.Stacks.Intern(PlayedRecording.Chain([0xffffffff81001000], [1, 2, 3, 4, 5, 6]), process, whole),
            played.Stacks.Intern(PlayedRecording.Chain([0xffffffff81001000], [1, 2, 3, 4, 5, 6]), process, cut),
            played.Stacks.Intern(PlayedRecording.Chain([.. Enumerable.Repeat(0xffffffff81001000, 4)], [1, 2]), process, whole),
        ];
        played.Hit(10, 10);
        TraceDefinitions read = played.Read().Definitions;
        Assert.Equal([whole, cut, whole | StackFlags.KernelTruncated], stacks.Select(stack => read.Stack(stack).Flags));
        Assert.Equal([StackEnd.Outermost, StackEnd.CopyTooShort, StackEnd.Outermost], stacks.Select(stack => StackEnds.Of(read.Stack(stack).Flags)));
        Assert.Equal(StackFlags.UserUnwound | StackFlags.UserByFramePointer | StackFlags.UserTruncated | (StackFlags)(1 << 4), cut);
        Assert.Null(StackEnds.Of(StackFlags.UserTruncated));
    }

    [Fact]
    public void An_interrupted_frame_is_where_it_was_and_not_where_a_call_returns_to()
    {
        using var played = new PlayedRecording();
        played.Map(10, 0x400000, 0x1000, 0, "/bin/a");
        // The handler's frame, the kernel's trampoline that it returns to, what was interrupted at its first byte, and its caller.
        ulong[] chain = [CallchainContext.User, 0x400010, 0x400200, CallchainContext.Interrupted, 0x400000, 0x400300];
        played.Hit(10, 10, chain: chain);
        var shown = new List<(ulong Address, int Frame)>();
        Assert.Equal(0, played.Stacks.Frames(chain, played.Processes.Process(10), shown));
        Assert.Equal([0x400010UL, 0x400200, 0x400000, 0x400300], shown.Select(frame => frame.Address));
        RecordedTrace trace = played.Read();
        Assert.Equal("a+10; a+200; a+0; a+300", trace.Stack(0));
        Assert.Equal([FrameFlags.None, FrameFlags.ReturnAddress, FrameFlags.None, FrameFlags.ReturnAddress],
            shown.Select(frame => trace.Definitions.Frame(frame.Frame).Flags));
    }

    [Fact]
    public void Frames_of_kernel_modules_count_from_the_modules_address()
    {
        var machine = new PlayedMachine { Modules = "ext4 8192 1 - Live 0xffffffffc0100000\n" };
        using var played = new PlayedRecording(machine);
        played.Hit(10, 10, chain: [0xffffffffc0100123, 0xffffffff81001020]);
        RecordedTrace trace = played.Read();
        Assert.Equal("ext4+123; [kernel.kallsyms]+1020 vfs_read", trace.Stack(0));
        ModuleRow module = trace.Definitions.Module(trace.Definitions.Frame(
            Enumerable.Range(1, trace.Rows(TableId.Frames)).First(id => trace.Definitions.Frame(id).Offset == 0x123)).Module);
        Assert.Equal((ModuleKind.KernelModule, 0xffffffffc0100000UL), (module.Kind, module.Base));
    }

    [Fact]
    public void The_cache_grows_forgets_and_finds_again()
    {
        var cache = new ChainCache();
        const int count = 300_000;
        for (int i = 1; i <= count; i++)
        {
            cache.Add((UInt128)(ulong)i * 0x9E3779B97F4A7C15, i);
            Assert.Equal(i, cache.Find((UInt128)(ulong)i * 0x9E3779B97F4A7C15));
        }

        int known = 0;
        for (int i = 1; i <= count; i++)
        {
            int found = cache.Find((UInt128)(ulong)i * 0x9E3779B97F4A7C15);
            Assert.True(found == 0 || found == i);
            known += found == 0 ? 0 : 1;
        }

        Assert.InRange(known, 1, 1 << 16);
        Assert.Equal(0, cache.Find(12345));
    }

    [Fact]
    public void A_chain_that_was_forgotten_comes_to_the_same_stack_again()
    {
        using var played = new PlayedRecording();
        played.Hit(10, 10, time: 1, chain: [0x400010]);
        for (ulong i = 0; i < 1 << 17; i++)
            played.Hit(10, 10, time: 2 + i, chain: [0x500000 + i]);
        played.Hit(10, 10, time: 1 << 20, chain: [0x400010]);
        RecordedTrace trace = played.Read();
        Assert.Equal(trace.Hits[0].Stack, trace.Hits[^1].Stack);
    }
}
