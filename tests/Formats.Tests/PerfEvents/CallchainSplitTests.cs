using CsCheck;
using Diagnose.Formats.PerfEvents;

namespace Diagnose.Formats.Tests.PerfEvents;

public class CallchainSplitTests
{
    private const ulong K1 = 0xffffffff81000010, K2 = 0xffffffff81000020, U1 = 0x7f0000001000, U2 = 0x401000;
    private const ulong Kernel = CallchainContext.Kernel, User = CallchainContext.User;

    [Fact]
    public void Kernel_and_user_parts_are_told_by_their_markers() => Splits([Kernel, K1, K2, User, U1, U2], [K1, K2], [U1, U2]);

    [Fact]
    public void A_chain_may_have_one_part_only()
    {
        Splits([Kernel, K1], [K1], []);
        Splits([User, U1], [], [U1]);
        Splits([], [], []);
        Splits([Kernel, User], [], []);
    }

    [Fact]
    public void A_vsyscall_address_after_the_user_marker_stays_a_user_frame() =>
        Splits([User, 0xffffffffff600000], [], [0xffffffffff600000]);

    [Fact]
    public void Without_markers_the_halves_of_the_address_space_tell_the_parts()
    {
        Splits([K1, K2, U1, U2], [K1, K2], [U1, U2]);
        Splits([U1], [], [U1]);
        Splits([K1, User, U1], [K1], [U1]);
    }

    [Fact]
    public void Parts_of_a_hypervisor_a_guest_or_an_unknown_kind_are_left_out_and_counted()
    {
        Splits([CallchainContext.Hypervisor, 1, Kernel, K1, User, U1], [K1], [U1], skipped: 1);
        Splits([CallchainContext.GuestKernel, 1, CallchainContext.GuestUser, 2, User, U1], [], [U1], skipped: 2);
        Splits([Kernel, K1, unchecked((ulong)-640), 7, 8], [K1], [], skipped: 2);
        Splits([Kernel, K1, Kernel, K2, User, U1, User, U2], [K1], [U1], skipped: 2);
    }

    [Fact]
    public void No_frame_of_any_chain_is_lost_or_made_up() =>
        Gen.OneOf(Gen.ULong, Gen.OneOf(new ulong[] { Kernel, User, CallchainContext.Guest, ulong.MaxValue, CallchainContext.Lowest, CallchainContext.Lowest - 1, K1, U1 }.Select(Gen.Const).ToArray()))
            .Array[0, 40].Sample(chain =>
            {
                var split = new CallchainSplit(chain);
                return split.Kernel.Length + split.User.Length + split.Skipped == chain.Count(entry => !CallchainContext.IsMarker(entry));
            });

    private static void Splits(ulong[] chain, ulong[] kernel, ulong[] user, int skipped = 0)
    {
        var split = new CallchainSplit(chain);
        Assert.Equal(kernel, split.Kernel.ToArray());
        Assert.Equal(user, split.User.ToArray());
        Assert.Equal(skipped, split.Skipped);
    }
}
