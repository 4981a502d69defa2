namespace Diagnose.Formats.Tests;

public class Placeholder
{
    [Fact]
    public void Builds() { }
}
