using System.Globalization;
using System.Net.Http.Headers;

namespace MtaSts.Acme;

/// <summary><c>Retry-After</c> in both forms (RFC 9110 §10.2.3), bounded.</summary>
internal static class RetryAfter
{
    /// <param name="header">The field's text.</param>
    /// <param name="now">The CA's <c>Date</c> where it sent one, so that a wrong clock here does not make a wait of a year; else the own time.</param>
    public static TimeSpan? Read(string? header, DateTimeOffset now)
    {
        var text = header?.Trim() ?? "";
        if (text.Length > 0 && text.All(char.IsAsciiDigit))
        {
            // More digits than a day of seconds has are the bound, not an overflow.
            var seconds = text.TrimStart('0') is { Length: <= 6 } digits ? int.Parse("0" + digits, CultureInfo.InvariantCulture) : int.MaxValue;
            return Bound(TimeSpan.FromSeconds(seconds));
        }

        return RetryConditionHeaderValue.TryParse(text, out var value) && value.Date is { } date ? Bound(date - now) : null;
    }

    private static TimeSpan Bound(TimeSpan wait) =>
        wait < AcmeLimits.MinRetryAfter ? AcmeLimits.MinRetryAfter : wait > AcmeLimits.MaxRetryAfter ? AcmeLimits.MaxRetryAfter : wait;
}
