using MtaSts.Host.Checks;

namespace MtaSts.Host.Tests.Checks.Watching;

/// <summary>Reports as a test wants them, of a domain with one address of its policy host and one mail server.</summary>
internal static class Reports
{
    public const string Domain = "example.test";
    public const string HostAddress = "192.0.2.1";
    public const string Mail = "mail.example.test";

    /// <param name="at">When the check began.</param>
    /// <param name="findings">Codes; `code@subject` where the subject is not the usual one.</param>
    public static CheckReport Of(DateTimeOffset at, params string[] findings) => Of(at, [.. findings.Select(Finding)]);

    public static CheckReport Of(DateTimeOffset at, IReadOnlyList<CheckedAdvisory> advisories, bool hasPolicy = true, bool hasText = true) => new(
        Domain,
        at,
        1,
        advisories.Count(advisory => advisory.Severity == "error"),
        advisories.Count(advisory => advisory.Severity == "warning"),
        "1",
        hasPolicy ? new CheckedPolicy("enforce", [Mail], 86400) : null,
        new CheckedVerdict(new CheckedDelivery("unknown", "", [], []), null),
        advisories,
        [
            new CheckedStep("record", $"_mta-sts.{Domain}", "ok", 0, []),
            new CheckedStep("fetch", HostAddress, "ok", 0, []),
            new CheckedStep("policy", $"mta-sts.{Domain}", hasText ? "ok" : "skipped", 0, []),
            new CheckedStep("mx", Domain, "ok", 0, []),
            new CheckedStep("smtp", Mail, "ok", 0, []),
        ]);

    public static CheckedAdvisory Finding(string text)
    {
        var (name, subject) = text.Split('@') is [var first, var second] ? (first, second) : (text, Subject(text));
        var code = CheckCodes.Find(name)!;
        return new CheckedAdvisory(name, code.Severity.ToString().ToLowerInvariant(), subject, $"{name} is so.", code.Fix, code.Rfc, code.ResultType);
    }

    public static string Subject(string code) => code.Split('.')[0] switch
    {
        "txt" or "id" => $"_mta-sts.{Domain}",
        "host" => $"mta-sts.{Domain}",
        "policy" => code is "policy.syntax" or "policy.advice" ? $"mta-sts.{Domain}" : HostAddress,
        "text" => $"mta-sts.{Domain}",
        "tlsrpt" => $"_smtp._tls.{Domain}",
        _ => code == "mx.none-reachable" ? Domain : Mail,
    };
}
