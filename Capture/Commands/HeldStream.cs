using Diagnose.Commands;

namespace Diagnose.Capture.Commands;

/// <summary>
/// Keeps what is written until it is released, then passes everything on: a recording that never starts must not touch
/// the file that it would have gone to.
/// </summary>
internal sealed class HeldStream(Stream target) : WriteOnlyStream
{
    private MemoryStream? _held = new();

    /// <summary>Writes what was held; from here on nothing is held.</summary>
    public void Release()
    {
        if (_held is not { } held)
            return;
        _held = null;
        target.Write(held.GetBuffer(), 0, (int)held.Length);
    }

    public override void Write(ReadOnlySpan<byte> buffer) => (_held ?? target).Write(buffer);

    public override void Flush()
    {
        if (_held is null)
            target.Flush();
    }
}
