using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.DnsRecords.Gate;
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
/// <param name="Hold">Why the id must not be set yet; null: it may.</param>
/// <param name="AnnouncedId">Meanwhile: the other id that his own TXT record gives, which stays there; null: none.</param>
internal sealed record CustomerDomain(
    MailDomain Domain, string Label, string PolicyId, IReadOnlyList<string>? Rua, DomainState State, bool RecordEnded = false, bool HostEnded = false, GateHold? Hold = null, string? AnnouncedId = null)
{
    /// <summary>The id that his own TXT record has to give; null: none yet.</summary>
    public string? WantedId => Hold is null ? PolicyId : AnnouncedId;

    /// <param name="row">The domain.</param>
    /// <param name="hold">What the guard has said of its first policy; null: it does not wait for one.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="InvalidDataException">The row's name is damaged.</exception>
    public static CustomerDomain Of(HostedDomain row, AnnouncementHold? hold, DateTimeOffset now) => new(
        MailDomain.TryParse(row.Name, out var domain, out var error) ? domain : throw new InvalidDataException($"The store holds a domain name that no rule would have let in: {error.Message}"),
        row.Label,
        row.PolicyId,
        row.TlsRptRua is null ? null : StoredPolicy.Lines(row.TlsRptRua),
        row.State,
        row is { State: DomainState.Removing, RecordEndedAt: not null },
        DomainRemoval.MayEndHost(row, now),
        // What becomes active later waits from then on.
        row.Mode != StsMode.Enforce ? null : hold is not null ? GateHold.Of(hold) : row.State == DomainState.Pending ? GateHold.Unjudged : null);

    /// <summary>With what DNS is known to give.</summary>
    public CustomerDomain Announcing(string? id) => this with { AnnouncedId = id == PolicyId ? null : id };
}
