using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Domains;

namespace MtaSts.Host.DnsRecords.Customers;

/// <summary>What of a domain decides what its owner has to set. Immutable.</summary>
/// <param name="Domain">Its name.</param>
/// <param name="Label">The random name of this pair of tenant and domain in the provider's zone.</param>
/// <param name="PolicyId">Of the present policy.</param>
/// <param name="Rua">Where reports shall go; null: no record is wanted.</param>
/// <param name="State">Where the domain is.</param>
/// <param name="RecordEnded">Its removal needs the TXT record no longer.</param>
/// <param name="HostEnded">Nor the policy host.</param>
internal sealed record CustomerDomain(MailDomain Domain, string Label, string PolicyId, IReadOnlyList<string>? Rua, DomainState State, bool RecordEnded = false, bool HostEnded = false)
{
    /// <exception cref="InvalidDataException">The row's name is damaged.</exception>
    public static CustomerDomain Of(HostedDomain row, DateTimeOffset now)
    {
        var removing = row.State == DomainState.Removing ? row.RecordEndedAt : null;
        return new CustomerDomain(
            MailDomain.TryParse(row.Name, out var domain, out var error) ? domain : throw new InvalidDataException($"The store holds a domain name that no rule would have let in: {error.Message}"),
            row.Label,
            row.PolicyId,
            row.TlsRptRua is null ? null : StoredPolicy.Lines(row.TlsRptRua),
            row.State,
            removing is not null,
            removing is { } ended && now > DomainRemoval.Dates(ended, null).HostUntil);
    }
}
