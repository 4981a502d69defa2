namespace Diagnose.Analyze.Import;

/// <summary>
/// Which events are meant by the names that a person gave: an event's whole name, or a part of it that only one event has,
/// as perf takes it. All events of the same name are one here.
/// </summary>
/// <remarks>
/// Not every input tells its events before its hits. What was taken meanwhile is remembered, so that <see cref="Problem"/> at the
/// end can tell when it should not have been.
/// </remarks>
internal sealed class EventSelection(string[] given)
{
    private readonly HashSet<string> _taken = [];

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

        return _taken.FirstOrDefault(name => !IsMeant(name, names)) is { } wrong
            ? $"the hits of '{wrong}' were taken before the event of the very name that was given was met; give the names in full" : null;
    }

    /// <summary>Whether an event is meant.</summary>
    /// <param name="events">The names of all.</param>
    public bool Takes(string name, IEnumerable<string> events)
    {
        if (IsAll)
            return true;
        if (!IsMeant(name, events))
            return false;
        _taken.Add(name);
        return true;
    }

    private bool IsMeant(string name, IEnumerable<string> events) =>
        given.Any(part => part == name || (name.Contains(part, StringComparison.Ordinal) && !events.Contains(part)));
}
