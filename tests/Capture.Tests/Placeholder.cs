namespace Diagnose.Capture.Tests;

public class Placeholder
{
    [Fact]
    public void Builds() { }
}
