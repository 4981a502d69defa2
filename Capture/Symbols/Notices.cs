namespace Diagnose.Capture.Symbols;

/// <summary>Things worth telling the person who records, each said once however often it happens.</summary>
internal sealed class Notices(Action<string> say)
{
    private const int Most = 20;

    private readonly HashSet<string> _said = [];

    /// <summary>Everything said, for the trace.</summary>
    public IReadOnlyCollection<string> Said => _said;

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
