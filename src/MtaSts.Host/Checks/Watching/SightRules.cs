using MtaSts.Host.Checks.Fetch;
using MtaSts.Host.Checks.Mail;
using MtaSts.Host.Checks.Records;

namespace MtaSts.Host.Checks.Watching;

/// <summary>
/// Has a check that does not tell of something really looked there? A server that did not answer has not shown that its certificate is right by now. Pure.
/// </summary>
internal static class SightRules
{
    // At one address of the policy host, in the order of a fetch: what ends it keeps the rest from being seen.
    private static readonly HashSet<string> NoConnection = Codes(FetchCodes.HostAddressUnchecked, FetchCodes.PolicyUnreachable, FetchCodes.PolicyAddressUnreachable, FetchCodes.PolicyIpv6Broken);
    private static readonly HashSet<string> NoHandshake = Codes(FetchCodes.PolicyTlsVersion, FetchCodes.PolicyTls, FetchCodes.PolicyTimeout);
    private static readonly HashSet<string> NoAnswer = Codes(FetchCodes.PolicyBroken, FetchCodes.PolicyTooLarge);
    private static readonly HashSet<string> PolicyCertificate =
        Codes(FetchCodes.PolicyCertificateExpired, FetchCodes.PolicyCertificateName, FetchCodes.PolicyCertificateUntrusted, FetchCodes.PolicyCertificateExpiresSoon);

    // By the servers of the zones themselves.
    private static readonly HashSet<string> ByServers = Codes(RecordCodes.TxtServersDiffer, RecordCodes.TlsRptServersDiffer, RecordCodes.TxtLameServer, RecordCodes.TxtWildcard);

    // At a mail server.
    private static readonly HashSet<string> NotSpokenWith = Codes(MailCodes.Unreachable, MailCodes.Refused, MailCodes.Broken, MailCodes.PrivateAddress, MailCodes.NotLookedAt);
    private static readonly HashSet<string> NoMailTls = Codes(MailCodes.NoStartTls, MailCodes.StartTlsFailed, MailCodes.TlsVersion);
    private static readonly HashSet<string> MailCertificate =
        Codes(MailCodes.Expired, MailCodes.NotYetValid, MailCodes.WrongName, MailCodes.Untrusted, MailCodes.ChainIncomplete, MailCodes.ExpiresSoon, MailCodes.AddressDiffers, MailCodes.DaneMismatch);

    // Of a mail server's addresses; some of them may be missing.
    private static readonly HashSet<string> OfAddresses =
        [.. NotSpokenWith, .. NoMailTls, .. MailCertificate, MailCodes.TooMany.Code];

    /// <param name="code">Of an advisory that the report does not hold.</param>
    /// <param name="subject">Of the same.</param>
    /// <param name="report">Of the last check.</param>
    public static bool WasLookedFor(string code, string subject, CheckReport report) => code[..Math.Max(0, code.IndexOf('.', StringComparison.Ordinal))] switch
    {
        _ when ByServers.Contains(code) && Has(report, RecordCodes.TxtServersUnchecked) => false,
        "txt" or "id" => !Has(report, RecordCodes.TxtDns) && (code != RecordCodes.TxtServersDiffer.Code || !Has(report, RecordCodes.TxtLameServer)),
        "tlsrpt" => !Has(report, RecordCodes.TlsRptDns),
        "host" => !Has(report, FetchCodes.HostDns),
        "policy" or "text" => !Has(report, FetchCodes.HostDns) && WasAnswered(code, subject, report),
        "mx" or "dane" => WasMailSeen(code, subject, report),
        _ => true,
    };

    private static bool WasAnswered(string code, string subject, CheckReport report)
    {
        // An address that the host no longer has can have nothing wrong.
        if (report.Steps.FirstOrDefault(step => step.Name is "fetch" or "policy" && step.Subject == subject) is not { } step)
        {
            return true;
        }

        if (step.State == "skipped")
        {
            return false;
        }

        return NoConnection.Contains(code)
            || (!Has(report, NoConnection, subject)
                && (NoHandshake.Contains(code)
                    || (!Has(report, NoHandshake, subject) && (PolicyCertificate.Contains(code) || NoAnswer.Contains(code) || !Has(report, NoAnswer, subject)))));
    }

    private static bool WasMailSeen(string code, string subject, CheckReport report)
    {
        if (Has(report, MailCodes.Dns.Code, report.Domain) || Has(report, MailCodes.Dns.Code, subject))
        {
            return false;
        }

        // Without a policy every server is in it. Where there are many names, those past the tenth are said in one.
        if (code == MailCodes.NotInPolicy.Code || code == MailCodes.PatternUnused.Code)
        {
            return report.Policy is not null && (subject == report.Domain || !Has(report, code, report.Domain));
        }

        if (code == MailCodes.NoneReachable.Code)
        {
            return !Has(report, MailCodes.Dns);
        }

        // A server that is no longer one of the domain has nothing wrong; of too many, this may be one that was left out.
        if (subject != report.Domain && !report.Steps.Any(step => step.Name == "smtp" && step.Subject == subject))
        {
            return !Has(report, MailCodes.TooMany.Code, report.Domain);
        }

        // Without its TLSA records nothing is known of them.
        if (code.StartsWith("dane.", StringComparison.Ordinal) && code != MailCodes.DaneFailed.Code && Has(report, MailCodes.DaneFailed.Code, subject))
        {
            return false;
        }

        if (OfAddresses.Contains(code) && Has(report, MailCodes.DnsPartly.Code, subject))
        {
            return false;
        }

        if (NoMailTls.Contains(code) || MailCertificate.Contains(code))
        {
            return (!Has(report, NotSpokenWith, subject) || IsJudged(subject, report)) && (NoMailTls.Contains(code) || !Has(report, NoMailTls, subject));
        }

        return !NotSpokenWith.Contains(code) || !Has(report, MailCodes.NotLookedAt.Code, subject);
    }

    // Of several addresses at least one was spoken with.
    private static bool IsJudged(string host, CheckReport report) => report.Verdict.Enforce is { } verdict
        && (verdict.DeliversTo.Contains(host) || verdict.Refuses.Any(refused => refused.Host == host && refused.Code is { } code && code != MailCodes.NotInPolicy.Code && !NotSpokenWith.Contains(code)));

    private static bool Has(CheckReport report, CheckCode code) => report.Advisories.Any(advisory => advisory.Code == code.Code);

    private static bool Has(CheckReport report, string code, string subject) => report.Advisories.Any(advisory => advisory.Code == code && advisory.Subject == subject);

    private static bool Has(CheckReport report, HashSet<string> codes, string subject) => report.Advisories.Any(advisory => advisory.Subject == subject && codes.Contains(advisory.Code));

    private static HashSet<string> Codes(params CheckCode[] codes) => [.. codes.Select(code => code.Code)];
}
