namespace Diagnose.Bench.Generate;

/// <summary>
/// Draws from 0 to n - 1 so that number k comes 1 / (k + 1) times as often as 0, as stacks and threads of real machines
/// roughly do. Walker's alias method: a draw costs the same however many there are.
/// </summary>
public sealed class Zipf
{
    private readonly uint[] _keep;
    private readonly int[] _other;

    public Zipf(int count)
    {
        _keep = new uint[count];
        _other = new int[count];
        double sum = 0;
        for (int i = 0; i < count; i++)
            sum += 1.0 / (i + 1);
        // Each of the equal columns is filled up with a part of one that has too much.
        double[] parts = new double[count];
        var poor = new Stack<int>();
        var rich = new Stack<int>();
        for (int i = 0; i < count; i++)
        {
            parts[i] = count / sum / (i + 1);
            (parts[i] < 1 ? poor : rich).Push(i);
        }

        while (poor.TryPop(out int low) && rich.TryPeek(out int high))
        {
            _keep[low] = (uint)(parts[low] * uint.MaxValue);
            _other[low] = high;
            parts[high] -= 1 - parts[low];
            if (parts[high] >= 1)
                continue;
            rich.Pop();
            poor.Push(high);
        }

        for (int i = 0; i < count; i++)
        {
            if (_keep[i] == 0)
                (_keep[i], _other[i]) = (uint.MaxValue, i);
        }
    }

    public int Draw(SeededNumbers numbers)
    {
        ulong random = numbers.Next();
        int column = (int)((random >> 32) * (ulong)_keep.Length >> 32);
        return (uint)random <= _keep[column] ? column : _other[column];
    }
}
