using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Certificates.Issuing;

/// <summary>How a bucket fills: so many tokens an hour, up to its capacity.</summary>
internal readonly record struct TokenRate(double PerHour, double Capacity);

/// <summary>One bucket that an order takes a token from.</summary>
internal readonly record struct BucketUse(string Name, TokenRate Rate);

/// <summary>The arithmetic of a bucket's row; a row that is not there yet is full.</summary>
internal static class TokenBucket
{
    public static IssuanceBucket Full(BucketUse use, DateTimeOffset now) => new() { Name = use.Name, Tokens = use.Rate.Capacity, At = now };

    public static double Level(IssuanceBucket? bucket, TokenRate rate, DateTimeOffset now)
    {
        if (bucket is null)
        {
            return rate.Capacity;
        }

        // A clock that was set back gives nothing, and takes nothing.
        var hours = Math.Max(0, (now - bucket.At).TotalHours);
        return Math.Min(rate.Capacity, bucket.Tokens + (hours * rate.PerHour));
    }

    public static bool TryTake(IssuanceBucket bucket, TokenRate rate, DateTimeOffset now)
    {
        var level = Level(bucket, rate, now);
        // What many small additions make of a whole one.
        if (level < 1 - 1e-6)
        {
            return false;
        }

        (bucket.Tokens, bucket.At) = (Math.Max(0, level - 1), now);
        return true;
    }

    /// <summary>A token that was taken for nothing.</summary>
    public static void GiveBack(IssuanceBucket bucket, TokenRate rate, DateTimeOffset now) =>
        (bucket.Tokens, bucket.At) = (Math.Min(rate.Capacity, Level(bucket, rate, now) + 1), now);

    /// <summary>When there is a whole token, or as many; <paramref name="now"/> if they are there.</summary>
    public static DateTimeOffset AvailableAt(IssuanceBucket? bucket, TokenRate rate, DateTimeOffset now, double tokens = 1)
    {
        var missing = tokens - Level(bucket, rate, now);
        // A tick more, so that rounding never makes somebody come a moment too early.
        return missing <= 1e-6 ? now : now + TimeSpan.FromHours(missing / rate.PerHour) + TimeSpan.FromMilliseconds(1);
    }
}
