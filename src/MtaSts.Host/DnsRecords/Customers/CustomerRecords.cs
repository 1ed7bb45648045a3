using System.Net.Sockets;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.DnsRecords.Customers;

/// <summary>What the owner of a domain has to set in his own zone. Pure.</summary>
internal static class CustomerRecords
{
    /// <summary>Below the provider's zone, above the labels.</summary>
    public static readonly IReadOnlyDictionary<RecordPurpose, string> Trees = new Dictionary<RecordPurpose, string>
    {
        [RecordPurpose.Host] = "host",
        [RecordPurpose.PolicyId] = "_mta-sts",
        [RecordPurpose.Reports] = "_smtp._tls",
        [RecordPurpose.Challenge] = "_acme",
    };

    private const int MostNameCharacters = 253;

    // Set once, and never changed.
    private const int SteadyTtl = 3600;

    // Changes with the policy, or goes again.
    private const int MovingTtl = 300;

    /// <summary>Where a name of the customer leads to in the provider's zone; no final dot. Empty where nobody can delegate, and for what has no such name.</summary>
    public static string Target(CustomerDomain domain, RecordPurpose purpose, CustomerSettings settings) =>
        settings.CanDelegate && Trees.TryGetValue(purpose, out var tree) ? $"{domain.Label}.{tree}.{settings.Zone}" : "";

    public static string ProofName(MailDomain domain) => "_mta-sts-challenge." + domain.Name;

    public static string ChallengeName(MailDomain domain) => "_acme-challenge." + domain.PolicyHost;

    /// <summary>In the order in which they are to be set.</summary>
    public static IReadOnlyList<CustomerRecord> Of(CustomerDomain domain, CustomerSettings settings)
    {
        IEnumerable<CustomerRecord> records =
        [
            .. Proof(domain, settings),
            .. Host(domain, settings),
            .. Records(domain, settings, domain.Domain.RecordName, RecordPurpose.PolicyId, domain.WantedId is { } id ? StsRecord.Write(id) : null, MovingTtl),
            .. domain.Rua is null ? [] : Records(domain, settings, domain.Domain.TlsRptRecordName, RecordPurpose.Reports, TlsRptText(domain.Rua), SteadyTtl),
            .. Challenge(domain, settings),
        ];
        return [.. records.Where(record => record.Name.Length <= MostNameCharacters).Select(record => IsOver(domain, record.Purpose) ? record with { Wanted = [] } : record)];
    }

    /// <summary>As it is published. What no rule would have let in is shown as it stands.</summary>
    public static string TlsRptText(IReadOnlyList<string> rua) =>
        rua.Count > 0 && rua.All(uri => TlsRptRecord.TryParseUri(uri, out _)) ? TlsRptRecord.Write(rua) : $"v=TLSRPTv1; rua={string.Join(',', rua)}";

    public static bool IsOver(CustomerDomain domain, RecordPurpose purpose) => purpose == RecordPurpose.Host ? domain.HostEnded : domain.RecordEnded;

    private static IEnumerable<CustomerRecord> Proof(CustomerDomain domain, CustomerSettings settings)
    {
        if (domain.State == DomainState.Pending)
        {
            // The CNAME to the label proves the same.
            yield return new CustomerRecord(ProofName(domain.Domain), "TXT", MovingTtl, [RecordText.Txt(domain.Label)], RecordPurpose.Proof, settings.CanDelegate ? RecordUse.Alternative : RecordUse.Needed);
        }
    }

    private static IEnumerable<CustomerRecord> Host(CustomerDomain domain, CustomerSettings settings)
    {
        var host = domain.Domain.PolicyHost;
        if (settings.CanDelegate)
        {
            yield return Alias(host, Target(domain, RecordPurpose.Host, settings), RecordPurpose.Host, RecordUse.Needed);
        }

        var (v4, v6) = (settings.Of(AddressFamily.InterNetwork), settings.Of(AddressFamily.InterNetworkV6));
        var use = settings.CanDelegate ? RecordUse.Alternative : RecordUse.Needed;
        if (v4.Count > 0 || (v6.Count == 0 && !settings.CanDelegate))
        {
            yield return new CustomerRecord(host, "A", SteadyTtl, [.. v4.Select(address => address.ToString())], RecordPurpose.Host, use);
        }

        if (v6.Count > 0)
        {
            yield return new CustomerRecord(host, "AAAA", SteadyTtl, [.. v6.Select(address => address.ToString())], RecordPurpose.Host, use == RecordUse.Needed && v4.Count > 0 ? RecordUse.Optional : use);
        }
    }

    private static IEnumerable<CustomerRecord> Records(CustomerDomain domain, CustomerSettings settings, string name, RecordPurpose purpose, string? text, int ttl)
    {
        if (settings.CanDelegate)
        {
            yield return Alias(name, Target(domain, purpose, settings), purpose, RecordUse.Needed);
        }

        yield return new CustomerRecord(name, "TXT", ttl, text is null ? [] : [RecordText.Txt(text)], purpose, settings.CanDelegate ? RecordUse.Alternative : RecordUse.Needed);
    }

    private static IEnumerable<CustomerRecord> Challenge(CustomerDomain domain, CustomerSettings settings)
    {
        if (settings.CanDelegate && settings.UsesDns01)
        {
            yield return Alias(ChallengeName(domain.Domain), Target(domain, RecordPurpose.Challenge, settings), RecordPurpose.Challenge, settings.NeedsDns01 ? RecordUse.Needed : RecordUse.Optional);
        }
    }

    private static CustomerRecord Alias(string name, string target, RecordPurpose purpose, RecordUse use) => new(name, "CNAME", SteadyTtl, [target + "."], purpose, use);
}
