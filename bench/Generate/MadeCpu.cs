namespace Diagnose.Bench.Generate;

/// <summary>
/// What happens on one CPU: threads take turns, and while one runs its stacks repeat, because programs loop.
/// </summary>
internal sealed class MadeCpu(SeededNumbers numbers, MadeThread[] threads, Zipf popularity)
{
    private const int LoopLength = 4;

    private readonly int[] _loop = new int[LoopLength];
    private MadeThread _thread;
    private int _left;
    private int _hits;

    public ulong Time { get; private set; }

    public int Context => _thread.Context;

    public int Stack { get; private set; }

    /// <summary>The moment of the next hit, which every CPU must know before it is known whose turn it is.</summary>
    public void Schedule(ulong from)
    {
        ulong random = numbers.Next();
        // Some 1.2 µs between hits as in a loop of system calls, and an idle moment now and then.
        Time = from + 700 + (random & 1023) + ((random >> 10 & 255) == 0 ? random >> 44 : 0);
    }

    /// <summary>Makes the hit of that moment.</summary>
    public void Hit()
    {
        ulong random = numbers.Next();
        if (_left-- == 0)
        {
            _thread = threads[popularity.Draw(numbers)];
            _left = 20 + (int)(random >> 58);
            for (int i = 0; i < LoopLength; i++)
                _loop[i] = _thread.Program.DrawStack(numbers);
        }

        ref int place = ref _loop[_hits++ % LoopLength];
        if ((random & 3) == 0)
            place = _thread.Program.DrawStack(numbers);
        Stack = place;
    }
}
