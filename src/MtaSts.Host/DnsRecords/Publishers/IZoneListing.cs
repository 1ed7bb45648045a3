namespace MtaSts.Host.DnsRecords.Publishers;

/// <summary>
/// A publisher that can also say what `Dns:Zone` holds. Beside <see cref="IDnsPublisher.ApplyAsync"/>, and without holding it up: the caller may be writing at
/// the same time. One list at a time.
/// </summary>
internal interface IZoneListing
{
    /// <summary>
    /// All records of the zone as they come, in any order, not the whole of them in memory. They are the zone only when the list has come to its end without an exception.
    /// </summary>
    /// <exception cref="DnsPublishException">The zone cannot be had, or not all of it.</exception>
    IAsyncEnumerable<ListedRecord> ListAsync(CancellationToken cancellationToken);
}

/// <summary>One record that the zone holds.</summary>
/// <param name="Name">Owner, lower case, no final dot.</param>
/// <param name="Type">Such as `TXT`.</param>
/// <param name="Data">As in a zone file.</param>
internal sealed record ListedRecord(string Name, string Type, string Data)
{
    /// <summary>An owner as servers write it.</summary>
    public static string NameOf(string written) => (written.EndsWith('.') ? written[..^1] : written).ToLowerInvariant();
}

/// <summary>What a zone may cost, whatever the server sends: a million labels are five million records.</summary>
internal static class ListingLimits
{
    public const long MostOctets = 8L * 1024 * 1024 * 1024;
    public const long MostRecords = 50_000_000;

    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(15);
}
