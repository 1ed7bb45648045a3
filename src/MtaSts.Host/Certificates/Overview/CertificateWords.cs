using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Certificates.Overview;

/// <summary>Rows' values as the words that API and commands show.</summary>
internal static class CertificateWords
{
    public const string None = "none";
    public const string Valid = "valid";
    public const string Expiring = "expiring";
    public const string Expired = "expired";
    public const string Revoked = "revoked";

    /// <summary>A domain that waits for its proof of ownership: nothing is ordered for it, and it has no job.</summary>
    public const string Unverified = "unverified";

    public static readonly IReadOnlyList<string> Serving = [None, Valid, Expiring, Expired, Revoked];

    private static readonly Dictionary<JobState, string> Issuing = new()
    {
        [JobState.DnsWait] = "dnsWait",
        [JobState.Queued] = "queued",
        [JobState.Running] = "running",
        [JobState.Idle] = "idle",
        [JobState.Backoff] = "backoff",
        [JobState.Deferred] = "deferred",
        [JobState.Blocked] = "blocked",
        [JobState.Dormant] = "dormant",
        [JobState.Retired] = "retired",
    };

    public static IEnumerable<JobState> States => Issuing.Keys;

    /// <summary>What a list can be filtered by.</summary>
    public static IEnumerable<string> All => [.. Issuing.Values, .. Serving];

    public static string Of(JobState state) => Issuing[state];

    public static JobState? State(string word) => Issuing.Where(entry => entry.Value == word).Select(entry => (JobState?)entry.Key).FirstOrDefault();

    public static string? Of(JobStep step) => step switch
    {
        JobStep.Order => "order",
        JobStep.Authorize => "authorize",
        JobStep.Finalize => "finalize",
        JobStep.Download => "download",
        _ => null,
    };

    public static string Of(CaRole role) => role switch
    {
        CaRole.Fallback => "fallback",
        CaRole.Staging => "staging",
        _ => "main",
    };

    public static string Of(CertificateOrigin origin) => origin switch
    {
        CertificateOrigin.Acme => "acme",
        CertificateOrigin.Imported => "imported",
        _ => "localCa",
    };

    public static string Of(AccountState state) => state switch
    {
        AccountState.Valid => "valid",
        AccountState.Dead => "dead",
        AccountState.NeedsOperator => "needsOperator",
        _ => "wanted",
    };

    /// <summary>By its dates alone. What has expired is presented all the same: no handshake at all would help nobody more.</summary>
    public static string ServingOf(DateTimeOffset notBefore, DateTimeOffset notAfter, DateTimeOffset now) =>
        now > notAfter ? Expired : now >= HostCertificate.RenewalAdvised(notBefore, notAfter) ? Expiring : Valid;
}
