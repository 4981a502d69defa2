namespace Diagnose.Analyze.Info;

/// <summary>Texts in the order in which they first came, each once: what all segments say alike is said once.</summary>
public sealed class DistinctTexts
{
    private readonly HashSet<string> _known = [];
    private readonly List<string> _texts = [];

    public IReadOnlyList<string> All => _texts;

    public void Add(string text)
    {
        if (_known.Add(text))
            _texts.Add(text);
    }

    public override string ToString() => _texts.Count == 0 ? "unknown" : string.Join("; ", _texts);
}
