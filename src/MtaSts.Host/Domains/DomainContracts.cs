using System.Text.Json.Serialization;
using MtaSts.Host.Api;
using MtaSts.Host.Domains.MailServers;

namespace MtaSts.Host.Domains;

/// <summary>The policy on the wire (RFC 8461 §3.2): mode `enforce`, `testing` or `none`; `maxAge` in seconds.</summary>
internal sealed record PolicyResource([property: OneOf("enforce", "testing", "none")] string Mode, IReadOnlyList<string> Mx, int MaxAge);

/// <summary>A policy that is wanted. `mx` may be left out where `mxSource` is `dns`, and where `mode` is `none`.</summary>
internal sealed record WantedPolicy([property: OneOf("enforce", "testing", "none")] string Mode, IReadOnlyList<string>? Mx, int MaxAge);

/// <summary>The part of a policy that a merge patch changes.</summary>
internal sealed record PolicyPatch([property: OneOf("enforce", "testing", "none")] string? Mode, IReadOnlyList<string>? Mx, int? MaxAge);

internal sealed record TlsRptResource(IReadOnlyList<string> Rua);

/// <summary>`PUT /domains/{domain}`: with `policy`, or with `template` instead. A tenant's key may leave `tenant` out. `mxSource`: `manual` when it is left out.</summary>
internal sealed record PutDomainRequest(string? Tenant, WantedPolicy? Policy, [property: OneOf("manual", "dns")] string? MxSource, string? Template, TlsRptResource? TlsRpt);

/// <summary>`PATCH /domains/{domain}`: a merge patch; what is left out stays. `state` is the provider's: `active` or `suspended`.</summary>
internal sealed record PatchDomainRequest(PolicyPatch? Policy, [property: OneOf("manual", "dns")] string? MxSource, string? Template, TlsRptResource? TlsRpt, [property: OneOf("active", "suspended")] string? State);

internal sealed record VerificationRequest(bool? Trust);

internal sealed record DomainResource(
    string Domain,
    string Tenant,
    string? Template,
    PolicyResource Policy,
    [property: OneOf("manual", "dns")] string MxSource,
    MxFollowingResource? MxFollowing,
    string PolicyId,
    int Version,
    long Revision,
    [property: OneOf("pending", "active", "removing", "suspended")] string State,
    string PolicyUrl,
    TlsRptResource? TlsRpt,
    IReadOnlyList<FieldError> Warnings,
    PublishedResource Published,
    RemovalResource? Removal,
    CertificateSummary Certificate,
    VerificationResource Verification,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt);

internal sealed record PublishedResource(PublishedHttps? Https, PublishedDns? Dns);

internal sealed record PublishedHttps(int Version, DateTimeOffset Since);

internal sealed record PublishedDns(string PolicyId, string State, DateTimeOffset Since)
{
    /// <summary>By a record that the customer keeps himself: nothing that is done in the provider's zone changes it.</summary>
    [JsonIgnore]
    public bool IsCustomers { get; init; }
}

internal sealed record RemovalResource(DateTimeOffset StartedAt, DateTimeOffset RecordUntil, DateTimeOffset HostUntil);

/// <summary>
/// How the domain was shown to be the tenant's. `trusted`: by the provider's word; `lost`: the proof is not in DNS any more, `dormant`: for 30 days. `code` and `message`:
/// what stands against the proof at the last look, null when nothing does; `cname` and `txt`: what to set, one of them.
/// </summary>
internal sealed record VerificationResource(
    [property: OneOf("pending", "proven", "trusted", "lost", "dormant")] string State,
    string? Code,
    string? Message,
    DateTimeOffset? LookedAt,
    ProofRecord? Cname,
    ProofRecord Txt);

/// <summary>A record that proves a domain; `cname` is null where the provider has no zone to delegate to.</summary>
internal sealed record ProofRecord(string Name, string Value);

/// <summary>`state`: none, valid, expiring or expired.</summary>
internal sealed record CertificateSummary([property: OneOf("none", "valid", "expiring", "expired")] string State, DateTimeOffset? NotAfter)
{
    public static readonly CertificateSummary None = new("none", null);
}

/// <summary>
/// `reason`: why the service made it by itself, null for an edit of a key's; `mayBeCachedUntil`: the last moment at which a sender may still hold it, null for a version
/// that was never served.
/// </summary>
internal sealed record VersionResource(
    int Number,
    string PolicyId,
    PolicyResource Policy,
    string Text,
    string Actor,
    string? Reason,
    DateTimeOffset CreatedAt,
    DateTimeOffset? MayBeCachedUntil);

[JsonSerializable(typeof(PutDomainRequest))]
[JsonSerializable(typeof(PatchDomainRequest))]
[JsonSerializable(typeof(VerificationRequest))]
[JsonSerializable(typeof(DomainResource))]
[JsonSerializable(typeof(Page<DomainResource>))]
[JsonSerializable(typeof(Page<VersionResource>))]
[JsonSerializable(typeof(MxResource))]
[JsonSerializable(typeof(MxRequest))]
internal sealed partial class DomainsJson : JsonSerializerContext;
