namespace Diagnose.Formats.PerfEvents;

public sealed partial class SampleLayout
{
    /// <summary>
    /// Views registers and stack of a whole PERF_RECORD_SAMPLE, header included. Apart from
    /// <see cref="TryParseSample"/>, so that samples which are not unwound do not pay for it. False when a field before
    /// or in them does not fit in the record; what the event did not ask for is empty.
    /// </summary>
    public bool TryParseUserContext(ReadOnlySpan<byte> record, out UserContext context)
    {
        context = default;
        if (record.Length < fixedEnd) return false;
        var rest = new SampleCursor(record, fixedEnd);
        if (Has(SampleFormat.Read) && !SkipRead(ref rest)) return false;
        if (Has(SampleFormat.Callchain) && !(rest.TryTake(out var frames) && rest.TryTake(frames, 8, out _))) return false;
        if (Has(SampleFormat.Raw) && !(rest.TryTakeUInt32(out var rawSize) && rest.TryTake(rawSize, 1, out _))) return false;
        if (Has(SampleFormat.BranchStack) && !SkipBranches(ref rest)) return false;

        ulong abi = 0;
        ReadOnlySpan<byte> registers = default, stack = default;
        if (Has(SampleFormat.RegsUser))
        {
            if (!rest.TryTake(out abi)) return false;
            if (abi != 0 && !rest.TryTake((ulong)userRegisters, 8, out registers)) return false;
        }

        if (Has(SampleFormat.StackUser))
        {
            if (!rest.TryTake(out var size) || !rest.TryTake(size, 1, out stack)) return false;
            ulong filled = 0;
            if (size != 0 && !rest.TryTake(out filled)) return false;
            stack = stack[..(int)Math.Min(filled, size)];
        }

        context = new UserContext((RegisterAbi)abi, registers, stack);
        return true;
    }
}
