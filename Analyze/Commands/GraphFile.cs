using Diagnose.Commands;

namespace Diagnose.Analyze.Commands;

/// <summary>The file, or standard output, that <c>flame</c> writes.</summary>
internal static class GraphFile
{
    /// <summary>Writes it; on failure says why on standard error and gives false.</summary>
    public static bool TryWrite(string output, Action<Stream> write)
    {
        try
        {
            using Stream stream = output == "-" ? new StandardOutput() : File.Create(output, bufferSize: 1);
            write(stream);
            return true;
        }
        catch (IOException failure) when (output == "-")
        {
            return OutputFailure.Conclude("flame", failure) == 0;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            TraceInput.Say("flame", $"cannot write {output}: {failure.Message}");
            return false;
        }
    }
}
