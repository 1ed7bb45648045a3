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

    // At a mail server.
    private static readonly HashSet<string> NotSpokenWith = Codes(MailCodes.Unreachable, MailCodes.Refused, MailCodes.Broken, MailCodes.PrivateAddress, MailCodes.NotLookedAt);
    private static readonly HashSet<string> NoMailTls = Codes(MailCodes.NoStartTls, MailCodes.StartTlsFailed, MailCodes.TlsVersion);
    private static readonly HashSet<string> MailCertificate =
        Codes(MailCodes.Expired, MailCodes.NotYetValid, MailCodes.WrongName, MailCodes.Untrusted, MailCodes.ChainIncomplete, MailCodes.ExpiresSoon, MailCodes.AddressDiffers);

    /// <param name="code">Of an advisory that the report does not hold.</param>
    /// <param name="subject">Of the same.</param>
    /// <param name="report">Of the last check.</param>
    public static bool WasLookedFor(string code, string subject, CheckReport report) => code[..Math.Max(0, code.IndexOf('.', StringComparison.Ordinal))] switch
    {
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

        // Without a policy every server is in it.
        if (code == MailCodes.NotInPolicy.Code)
        {
            return report.Policy is not null;
        }

        if (code == MailCodes.NoneReachable.Code)
        {
            return !Has(report, MailCodes.Dns);
        }

        if (!report.Steps.Any(step => step.Name == "smtp" && step.Subject == subject))
        {
            return true;
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
