using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace MtaSts.Host.Api;

/// <summary>One page of a list: `?limit=` and `?after=`, a cursor that only we can read.</summary>
/// <param name="Limit">1–500.</param>
/// <param name="After">What the last item of the page before was sorted by; null for the first page.</param>
internal sealed record Paging(int Limit, string? After)
{
    private const int DefaultLimit = 100;
    private const int MaxLimit = 500;

    /// <param name="request">Its query.</param>
    /// <param name="errors">Where faults are noted.</param>
    /// <param name="isCursor">Whether the text is one that this list gave out: a foreign one must not begin the list anew.</param>
    public static Paging? Read(HttpRequest request, List<FieldError> errors, Predicate<string>? isCursor = null)
    {
        var limit = DefaultLimit;
        if (request.Query.TryGetValue("limit", out var limitText)
            && (!int.TryParse(limitText, NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit is < 1 or > MaxLimit))
        {
            errors.Add(new FieldError("limit.range", "limit", $"limit must be a whole number from 1 to {MaxLimit}."));
        }

        string? after = null;
        if (request.Query.TryGetValue("after", out var cursor) && ((after = Decode(cursor.ToString())) is null || isCursor?.Invoke(after) == false))
        {
            errors.Add(new FieldError("after.invalid", "after", "after must be the value of next of the page before."));
        }

        return errors.Count == 0 ? new Paging(limit, after) : null;
    }

    /// <summary>Cuts the one item too many that the query asked for, and says where the next page begins.</summary>
    public Page<TItem> Cut<TRow, TItem>(IReadOnlyList<TRow> rows, Func<TRow, string> cursor, Func<TRow, TItem> item) =>
        new([.. rows.Take(Limit).Select(item)], rows.Count > Limit ? Base64Url.EncodeToString(Encoding.UTF8.GetBytes(cursor(rows[Limit - 1]))) : null);

    private static string? Decode(string cursor)
    {
        if (!Base64Url.IsValid(cursor))
        {
            return null;
        }

        var text = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor));
        return text.Contains('\0', StringComparison.Ordinal) ? null : text;
    }
}

internal sealed record Page<T>(IReadOnlyList<T> Items, string? Next);
