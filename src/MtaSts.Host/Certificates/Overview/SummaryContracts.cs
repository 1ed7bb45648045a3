using MtaSts.Host.Api;

namespace MtaSts.Host.Certificates.Overview;

/// <summary>`GET /certificates/summary`. `issuance`, `newNames` and `authorities` say something only with `Certificates:Source=Acme`.</summary>
internal sealed record CertificatesSummary(
    DateTimeOffset At,
    [property: OneOf("acme", "localCa")] string Source,
    ServingCounts Certificates,
    IssuanceCounts Issuance,
    DueJob? OldestDue,
    NextRenewals NextRenewals,
    NewNames NewNames,
    IReadOnlyList<AuthorityResource> Authorities,
    ClockResource? Clock);

/// <summary>`late`: three quarters of life or more are gone, so that the renewal has failed for long; those that have expired are among them. `lateShare`: of all.</summary>
internal sealed record ServingCounts(long None, long Valid, long Expiring, long Expired, long Revoked, long Late, double LateShare);

internal sealed record IssuanceCounts(int DnsWait, int Queued, int Running, int Idle, int Backoff, int Deferred, int Blocked, int Dormant, int Retired);

/// <summary>What nobody works on although its time has come. New names that wait for their turn are not among it, see `newNames`.</summary>
internal sealed record DueJob(string Host, DateTimeOffset DueAt);

internal sealed record NextRenewals(int WithinHour, int WithinDay, int WithinWeek, IReadOnlyList<NextRenewal> Items);

internal sealed record NextRenewal(string Host, DateTimeOffset RenewAt);

/// <summary>Names that wait for their first certificate, at most `perHour` of them; `estimatedAt`: when all that can be issued will be, null when none waits.</summary>
internal sealed record NewNames(int Waiting, int PerHour, DateTimeOffset? EstimatedAt);

internal sealed record AuthorityResource(
    [property: OneOf("main", "fallback", "staging")] string Ca,
    string Directory,
    AccountResource? Account,
    BreakerResource Breaker,
    IReadOnlyList<BudgetResource> Budgets);

internal sealed record AccountResource(
    string? Url,
    [property: OneOf("wanted", "valid", "dead", "needsOperator")] string State,
    string? Reason,
    string? TermsOfService,
    DateTimeOffset CreatedAt,
    DateTimeOffset Since);

/// <summary>`openSince`: the CA is left alone since then, and tried by one name at `probeAt`. `limitedUntil`: a limit of its own that it told.</summary>
internal sealed record BreakerResource(
    [property: OneOf("closed", "open", "limited")] string State, int Failures, DateTimeOffset? OpenSince, DateTimeOffset? ProbeAt, DateTimeOffset? LimitedUntil, string? Reason);

/// <summary>Our own limit in front of the CA's: what is left of it now.</summary>
internal sealed record BudgetResource([property: OneOf("first", "renewals", "staging")] string Kind, int Tokens, int Capacity, int PerHour);

/// <summary>The clock of this machine is wrong: so far is that of the CA ahead.</summary>
internal sealed record ClockResource(double CaAheadSeconds);

/// <summary>`mtasts certificates --json`.</summary>
internal sealed record CertificatesReport(CertificatesSummary Summary, IReadOnlyList<CertificateItem> Items, string? Next);
