namespace Diagnose.Formats.Recording;

/// <summary>Things worth telling the person who records, each said once however often it happens.</summary>
internal sealed class Notices(Action<string> say)
{
    private const int Most = 20;

    /// <summary>Of what concerns many files or processes alike the first few tell enough.</summary>
    private const int MostOfAKind = 3;

    private readonly HashSet<string> _said = [];
    private readonly Dictionary<string, int> _kinds = [];

    /// <summary>Everything said, for the trace.</summary>
    public IReadOnlyCollection<string> Said => _said;

    /// <summary>One of many: which file or process <paramref name="notice"/> names, and what they have in common.</summary>
    public void Say(string which, string notice)
    {
        string text = $"{which}: {notice}";
        int before = _kinds.GetValueOrDefault(notice);
        if (before > MostOfAKind || _said.Contains(text))
            return;
        _kinds[notice] = before + 1;
        Say(before == MostOfAKind ? $"others as well: {notice}" : text);
    }

    public void Say(string notice)
    {
        if (_said.Count > Most || _said.Contains(notice))
            return;
        if (_said.Count == Most)
            notice = "more of the same is not shown";
        _said.Add(notice);
        say(notice);
    }
}
