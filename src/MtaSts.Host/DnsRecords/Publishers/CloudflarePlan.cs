using System.Globalization;
using System.Net;
using System.Text;
using MtaSts.Dns;

namespace MtaSts.Host.DnsRecords.Publishers;

/// <summary>What has to be done at Cloudflare so that an RRset becomes what it is to be: from its records there to one batch. Pure.</summary>
internal static class CloudflarePlan
{
    // Below that they refuse (above all plans but the dearest).
    private const int ShortestTtl = 60;

    /// <param name="change">What the RRset is to be.</param>
    /// <param name="present">The zone's records; those of other names and types are passed over.</param>
    /// <exception cref="DnsPublishException">The data of a record cannot be told to Cloudflare.</exception>
    public static CloudflareBatch Of(RecordChange change, IEnumerable<CloudflareRecord> present)
    {
        var ttl = Math.Max(ShortestTtl, change.Ttl);
        var open = change.Data.Select(data => Record(change, data, ttl)).DistinctBy(Content).ToList();
        var stale = new List<CloudflareRecord>();
        var patches = new List<CloudflareRecord>();
        foreach (var record in present.Where(record => record.Type == change.Type && record.Name!.Equals(change.Name, StringComparison.OrdinalIgnoreCase)))
        {
            var kept = open.FindIndex(wanted => Content(wanted) == Content(record));
            if (kept < 0)
            {
                stale.Add(record);
                continue;
            }

            if (record.Ttl != ttl || record.Proxied == true)
            {
                patches.Add(Patch(record, open[kept]));
            }

            open.RemoveAt(kept);
        }

        // A record that changes is never gone in between.
        var changed = stale.Zip(open).ToList();
        patches.AddRange(changed.Select(pair => Patch(pair.First, pair.Second)));
        return new CloudflareBatch([.. stale.Skip(changed.Count).Select(record => new CloudflareId(record.Id!))], patches, open[changed.Count..]);
    }

    /// <summary>A record's data as in a zone file.</summary>
    public static string TextOf(CloudflareRecord record) => record.Type switch
    {
        "TXT" => RecordText.Txt(DnsText.Joined(record.Content ?? "")),
        "CAA" when record.Data is { Flags: { } flags, Tag: { } tag, Value: { } value } => string.Create(CultureInfo.InvariantCulture, $"{flags} {tag} {DnsText.Quoted(Encoding.UTF8.GetBytes(value))}"),
        _ => record.Content ?? "",
    };

    private static CloudflareRecord Patch(CloudflareRecord present, CloudflareRecord wanted) => wanted with { Id = present.Id, Name = null, Type = null };

    private static CloudflareRecord Record(RecordChange change, string data, int ttl) => change.Type == "CAA"
        ? new CloudflareRecord(null, change.Name, change.Type, null, ttl, null, Caa(data))
        // Senders fetch a policy from us, not through their proxy.
        : new CloudflareRecord(null, change.Name, change.Type, data, ttl, change.Type is "A" or "AAAA" ? false : null, null);

    // `0 issue "ca.example; accounturi=…"`
    private static CloudflareCaa Caa(string data) => data.Split(' ', 3) is [var flags, var tag, var value] && byte.TryParse(flags, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        ? new CloudflareCaa(number, tag, DnsText.Joined(value))
        : throw new DnsPublishException(PublisherCodes.Record, $"\"{data}\" is no CAA record.", isTransient: false);

    // What two spellings of one record have in common.
    private static string Content(CloudflareRecord record) => record.Type switch
    {
        "TXT" => DnsText.Joined(record.Content ?? ""),
        "CAA" => (record.Data is { Value: not null } caa ? caa : Caa(record.Content ?? "")) is var data ? $"{data.Flags} {data.Tag} {data.Value}" : "",
        "A" or "AAAA" when IPAddress.TryParse(record.Content, out var address) => address.ToString(),
        _ => record.Content ?? "",
    };
}
