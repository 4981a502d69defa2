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
        if (_said.Count < Most && _said.Add(notice))
            say(notice);
        else if (_said.Count == Most && _said.Add("more of the same is not shown"))
            say("more of the same is not shown");
    }
}
