using System.Text.Json.Serialization;
using MtaSts.Host.Api;

namespace MtaSts.Host.Checks.Watching;

/// <summary>What is wrong with a domain at present.</summary>
internal sealed record AdvisoryResource(
    string Code, [property: OneOf("error", "warning")] string Severity, string Subject, string Message, string Fix, string? Rfc, DateTimeOffset FirstSeenAt, DateTimeOffset LastSeenAt);

/// <summary>What people were told. `tenant` is null once that is gone; `enforced`: the policy that was served then was in enforce.</summary>
internal sealed record EventResource(
    long Id,
    DateTimeOffset At,
    [property: OneOf("added", "sustained", "cleared")] string Kind,
    string Domain,
    string? Tenant,
    string Code,
    [property: OneOf("error", "warning")] string Severity,
    string Subject,
    string Message,
    string Fix,
    string? Rfc,
    bool Enforced);

[JsonSerializable(typeof(Page<AdvisoryResource>))]
[JsonSerializable(typeof(Page<EventResource>))]
internal sealed partial class AdvisoriesJson : JsonSerializerContext;
