using System.Net.Sockets;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.DnsRecords;

/// <summary>From domains to the records that they want in the provider's zone. Pure: no clock, no store, no DNS.</summary>
internal static class WantedRecords
{
    public const int Ttl = 300;

    /// <summary>A CA looks once; what it found must not stay in caches for the next challenge.</summary>
    public const int ChallengeTtl = 60;

    public static IEnumerable<WantedRecord> Of(DomainFacts domain, ZoneSettings zone)
    {
        if (zone.Zone.Length == 0)
        {
            return [];
        }

        // A former label's CNAMEs are somebody's DNS that was not put right yet: what they lead to must be this name's present state (RFC 8461 §8.2).
        IReadOnlyList<string> labels = domain.State == DomainState.Pending ? [domain.Label] : [domain.Label, .. domain.FormerLabels];
        return labels.SelectMany(label => Hosts(domain, zone, label)).Concat(labels.SelectMany(label => Texts(domain, zone, label)));
    }

    // From the start, also before anything is served: a label that comes after its CNAME is not found for as long as caches remember (RFC 2308 §5).
    private static IEnumerable<WantedRecord> Hosts(DomainFacts domain, ZoneSettings zone, string label)
    {
        var host = zone.HostTarget(label);
        foreach (var (type, family) in new[] { ("A", AddressFamily.InterNetwork), ("AAAA", AddressFamily.InterNetworkV6) })
        {
            string[] addresses = [.. zone.Addresses.Where(address => address.AddressFamily == family).Select(address => address.ToString()).Order(StringComparer.Ordinal)];
            if (addresses.Length > 0)
            {
                yield return new WantedRecord(host, type, Ttl, addresses, domain.DomainId, 0);
            }
        }

        if (zone.Issuers.Count > 0)
        {
            yield return new WantedRecord(host, "CAA", Ttl, [.. zone.Issuers.Select(RecordText.Issue).Order(StringComparer.Ordinal)], domain.DomainId, 0);
        }
    }

    private static IEnumerable<WantedRecord> Texts(DomainFacts domain, ZoneSettings zone, string label)
    {
        if (domain.State != DomainState.Pending && !domain.HasRecordEnded)
        {
            yield return new WantedRecord(zone.TextTarget(label), "TXT", Ttl, [RecordText.Txt(StsRecord.Write(domain.PolicyId))], domain.DomainId, domain.Revision);
            if (domain.ReportAddresses is { Count: > 0 } rua)
            {
                yield return new WantedRecord(zone.ReportTarget(label), "TXT", Ttl, [RecordText.Txt(TlsRptRecord.Write(rua))], domain.DomainId, 0);
            }
        }

        if (domain.ChallengeTexts.Count > 0)
        {
            yield return new WantedRecord(
                zone.ChallengeTarget(label), "TXT", ChallengeTtl, [.. domain.ChallengeTexts.Distinct().Select(RecordText.Txt).Order(StringComparer.Ordinal)], domain.DomainId, 0);
        }
    }
}
