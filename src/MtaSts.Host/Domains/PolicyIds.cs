using System.Globalization;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Domains;

/// <summary>The next policy id of a name: UTC with milliseconds, and always greater than every one that we made for it before.</summary>
internal static class PolicyIds
{
    /// <summary>
    /// Runs in the edit's transaction. When the clock stands still or goes back the next number is taken; senders compare for equality
    /// only (RFC 8461 §3.1), so an id need not be a time that exists.
    /// </summary>
    public static async Task<string> NextAsync(StoreWrite write, string name, CancellationToken cancellationToken)
    {
        var fromClock = long.Parse(write.At.UtcDateTime.ToString("yyyyMMddHHmmssfff", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        // Of an edit of thousands they have been read before, all at once.
        var mark = await write.Db.KnownNames.FindAsync([name], cancellationToken);
        if (mark is null)
        {
            mark = new KnownName { Name = name };
            write.Db.KnownNames.Add(mark);
        }

        mark.LastId = Math.Max(fromClock, mark.LastId + 1);
        return mark.LastId.ToString("D17", CultureInfo.InvariantCulture);
    }
}
