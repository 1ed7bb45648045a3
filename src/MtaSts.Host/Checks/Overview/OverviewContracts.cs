using System.Text.Json.Serialization;
using MtaSts.Host.Api;

namespace MtaSts.Host.Checks.Overview;

/// <summary>How all domains do, or those of one tenant.</summary>
/// <param name="Domains">Rows in every state.</param>
/// <param name="ByMode">Of served ones.</param>
/// <param name="ByState">Of all.</param>
/// <param name="ByAdvisory">Errors first, then those of most domains.</param>
/// <param name="Certificates">Of served ones, by days left.</param>
/// <param name="OldestUnpublishedId">The id that has been on its way into the provider's zone for longest; null: all that are wanted there are out.</param>
/// <param name="Checks">How the watch keeps up.</param>
internal sealed record OverviewResource(
    int Domains, ModeCounts ByMode, StateCounts ByState, IReadOnlyList<AdvisoryCount> ByAdvisory, CertificateCounts Certificates, UnpublishedId? OldestUnpublishedId, ChecksState Checks);

internal sealed record ModeCounts(int Enforce, int Testing, int None);

internal sealed record StateCounts(int Pending, int Active, int Removing, int Suspended);

internal sealed record AdvisoryCount(string Code, [property: OneOf("error", "warning")] string Severity, int Domains);

/// <summary>Each certificate is counted once, where it stands first.</summary>
internal sealed record CertificateCounts(int Expired, int Under7, int Under30, int Under90, int More, int None);

internal sealed record UnpublishedId(string Domain, string PolicyId, DateTimeOffset Since);

/// <param name="Overdue">Domains whose check has been due for more than ten minutes.</param>
/// <param name="OldestCheckAt">When the last check of the domain was that has waited for longest; null: none was checked yet.</param>
internal sealed record ChecksState(int Overdue, DateTimeOffset? OldestCheckAt);

/// <summary>One tenant's line; `withErrors` and `withWarnings` are domains.</summary>
internal sealed record TenantOverview(string Tenant, int Domains, ModeCounts ByMode, StateCounts ByState, int WithErrors, int WithWarnings, ChecksState Checks);

[JsonSerializable(typeof(OverviewResource))]
[JsonSerializable(typeof(Page<TenantOverview>))]
internal sealed partial class OverviewJson : JsonSerializerContext;
