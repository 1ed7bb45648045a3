using System.Text.Json;
using System.Text.Json.Serialization;
using MtaSts.Host.Api;

namespace MtaSts.Host.Certificates.Overview;

/// <summary>
/// `GET /domains/{domain}/certificate`: what the policy host presents, and how far it is on its way to the next one. Both are independent:
/// serving does not depend on issuing. `issuance` and `preflight` are null where no CA is asked (`Certificates:Source=LocalCa`).
/// </summary>
internal sealed record CertificateResource(
    string Host,
    [property: OneOf("none", "valid", "expiring", "expired", "revoked")] string State,
    DateTimeOffset? NotBefore,
    DateTimeOffset? NotAfter,
    string? Serial,
    string? Issuer,
    [property: OneOf("localCa", "acme", "imported")] string? Origin,
    DateTimeOffset? RevokedAt,
    IssuanceResource? Issuance,
    PreflightResource? Preflight);

/// <summary>`nextAt`: when somebody looks at it again; null when nobody does by itself. `problem`: the CA's own document (RFC 8555 §6.7).</summary>
internal sealed record IssuanceResource(
    [property: OneOf("unverified", "dnsWait", "queued", "running", "idle", "backoff", "deferred", "blocked", "dormant", "retired")] string State,
    [property: OneOf("order", "authorize", "finalize", "download")] string? Step = null,
    DateTimeOffset? Since = null,
    DateTimeOffset? NextAt = null,
    [property: OneOf("main", "fallback", "staging")] string? Ca = null,
    string? Directory = null,
    int Failures = 0,
    string? Code = null,
    string? Reason = null,
    JsonElement? Problem = null,
    DateTimeOffset? LastAttemptAt = null,
    DateTimeOffset? LastIssuedAt = null,
    DateTimeOffset? RenewAt = null,
    RenewalWindowResource? RenewalWindow = null,
    DateTimeOffset? EstimatedAt = null);

/// <summary>When the CA would like the renewal (RFC 9773 §4.2).</summary>
internal sealed record RenewalWindowResource(DateTimeOffset Start, DateTimeOffset End, string? ExplanationUrl);

internal sealed record PreflightResource(
    DateTimeOffset At, bool Passed, IReadOnlyList<string> Chain, IReadOnlyList<string> Addresses, IReadOnlyList<PreflightFindingResource> Findings);

internal sealed record PreflightFindingResource(
    string Code,
    [property: OneOf("error", "warning")] string Severity,
    string Message,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Rfc);

/// <summary>`POST /domains/{domain}/certificate/revocation`.</summary>
internal sealed record RevocationRequest([property: OneOf("keyCompromise", "superseded", "cessationOfOperation", "unspecified")] string Reason);

/// <summary>One line of `GET /certificates`; the rest stands in `GET /domains/{domain}/certificate`.</summary>
internal sealed record CertificateItem(
    string Host,
    string Domain,
    string? Tenant,
    [property: OneOf("none", "valid", "expiring", "expired", "revoked")] string State,
    DateTimeOffset? NotBefore,
    DateTimeOffset? NotAfter,
    [property: OneOf("localCa", "acme", "imported")] string? Origin,
    IssuanceItem? Issuance);

internal sealed record IssuanceItem(
    [property: OneOf("dnsWait", "queued", "running", "idle", "backoff", "deferred", "blocked", "dormant", "retired")] string State,
    [property: OneOf("order", "authorize", "finalize", "download")] string? Step,
    DateTimeOffset Since,
    DateTimeOffset? NextAt,
    [property: OneOf("main", "fallback", "staging")] string Ca,
    int Failures,
    string? Code,
    string? Reason,
    DateTimeOffset? RenewAt);

[JsonSerializable(typeof(CertificateResource))]
[JsonSerializable(typeof(RevocationRequest))]
[JsonSerializable(typeof(Page<CertificateItem>))]
[JsonSerializable(typeof(CertificatesSummary))]
[JsonSerializable(typeof(CertificatesReport))]
internal sealed partial class CertificatesJson : JsonSerializerContext;

/// <summary>What the command prints: character for character what the API answers.</summary>
internal static class CertificatesJsonText
{
    private static readonly JsonSerializerOptions AsTheApi = MakeOptions();

    public static string Of(CertificatesReport report) => JsonSerializer.Serialize(report, AsTheApi.GetTypeInfo(typeof(CertificatesReport)));

    private static JsonSerializerOptions MakeOptions()
    {
        var options = new JsonSerializerOptions { TypeInfoResolver = CertificatesJson.Default };
        ApiJsonSetup.Configure(options);
        return options;
    }
}
