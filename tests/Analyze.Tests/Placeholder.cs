namespace Diagnose.Analyze.Tests;

public class Placeholder
{
    [Fact]
    public void Builds() { }
}
