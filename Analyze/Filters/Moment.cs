using System.Globalization;

namespace Diagnose.Analyze.Filters;

/// <summary>
/// A moment as a person writes it: <c>1.5</c>, seconds after the first hit of the file; <c>1795387698:972846</c>, as a report
/// prints it; or a date and time in UTC, as <c>info</c> prints it. Whole microseconds, which is what reports show.
/// </summary>
/// <param name="IsRelative">Counted from the first hit; otherwise since 1970 UTC.</param>
public readonly record struct Moment(bool IsRelative, ulong Microseconds)
{
    private const ulong PerSecond = 1_000_000;

    /// <summary>Microseconds since 1970 UTC.</summary>
    /// <param name="first">Those of the first hit.</param>
    public ulong At(ulong first) => !IsRelative ? Microseconds : Microseconds > ulong.MaxValue - first ? ulong.MaxValue : first + Microseconds;

    public static bool TryParse(string text, out Moment moment)
    {
        moment = default;
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon > 0 && TryNumber(text[..colon], out ulong seconds) && text.Length - colon - 1 == 6
            && TryNumber(text[(colon + 1)..], out ulong microseconds))
        {
            moment = new Moment(false, seconds * PerSecond + microseconds);
            return seconds < ulong.MaxValue / PerSecond;
        }

        const decimal most = 1e12m;
        if (decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal relative))
        {
            moment = new Moment(true, relative < most ? (ulong)(relative * PerSecond) : 0);
            return relative < most;
        }

        if (!DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset date)
            || date < DateTimeOffset.UnixEpoch || !text.Contains('-', StringComparison.Ordinal))
            return false;
        moment = new Moment(false, (ulong)((date - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond));
        return true;
    }

    private static bool TryNumber(string text, out ulong number) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
