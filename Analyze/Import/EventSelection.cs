namespace Diagnose.Analyze.Import;

/// <summary>
/// Which events are meant by the names that a person gave: an event's whole name, or a part of it that only one event has,
/// as perf takes it. All events of the same name are one here.
/// </summary>
internal sealed class EventSelection(string[] given)
{
    /// <summary>True where every event is meant.</summary>
    public bool IsAll => given.Length == 0;

    /// <summary>What is wrong with the selection among these events; null when it is clear.</summary>
    public string? Problem(IEnumerable<string> events)
    {
        string[] names = [.. events.Distinct()];
        foreach (string part in given)
        {
            if (names.Contains(part))
                continue;
            int matches = names.Count(name => name.Contains(part, StringComparison.Ordinal));
            if (matches != 1)
                return $"{(matches == 0 ? "there is no event" : "there is more than one event with")} '{part}'; there are: {string.Join(", ", names)}";
        }

        return null;
    }

    /// <summary>Whether an event is meant.</summary>
    /// <param name="events">The names of all.</param>
    public bool Takes(string name, IEnumerable<string> events) =>
        IsAll || given.Any(part => part == name || (name.Contains(part, StringComparison.Ordinal) && !events.Contains(part)));
}
