using System.Globalization;

namespace MtaSts.Host.Checks.Mail;

/// <summary>What is to be said of one address of a mail server. Pure.</summary>
internal static class AddressRules
{
    private static readonly TimeSpan Soon = TimeSpan.FromDays(14);

    /// <returns>Each with a clause for people; none: all is well.</returns>
    public static IReadOnlyList<(CheckCode Code, string What)> Find(string host, MailAddress address, DateTimeOffset now)
    {
        var found = new List<(CheckCode, string)>();
        if (OfEnd(address) is { } code)
        {
            found.Add((code, Shown.Of(address.Detail)));
        }

        if (address.Tls is { } tls)
        {
            found.AddRange(OfCertificate(host, tls, now));
        }

        return found;
    }

    /// <summary>Could this check see what a sender would meet?</summary>
    public static bool IsKnown(MailAddress address) => address.End is MailEnd.Secured or MailEnd.NoStartTls or MailEnd.StartTlsFailed;

    private static CheckCode? OfEnd(MailAddress address) => address.End switch
    {
        MailEnd.NotAllowed => MailCodes.PrivateAddress,
        MailEnd.NotLookedAt => MailCodes.NotLookedAt,
        MailEnd.Unreachable => MailCodes.Unreachable,
        MailEnd.Refused => MailCodes.Refused,
        MailEnd.Broken => MailCodes.Broken,
        MailEnd.NoStartTls => MailCodes.NoStartTls,
        MailEnd.StartTlsFailed => address.OldTls is null ? MailCodes.StartTlsFailed : MailCodes.TlsVersion,
        _ => null,
    };

    private static IEnumerable<(CheckCode Code, string What)> OfCertificate(string host, TlsFacts tls, DateTimeOffset now)
    {
        if (tls.Chain is not [var own, ..])
        {
            yield return (MailCodes.Untrusted, $"its certificate is not trusted: {Shown.Of(tls.Distrust ?? "it cannot be read")}");
            yield break;
        }

        if (now > own.NotAfter)
        {
            yield return (MailCodes.Expired, $"its certificate expired on {Day(own.NotAfter)}");
        }
        else if (now < own.NotBefore)
        {
            yield return (MailCodes.NotYetValid, $"its certificate is not valid before {Day(own.NotBefore)}");
        }
        else if (own.NotAfter - now < Soon)
        {
            yield return (MailCodes.ExpiresSoon, $"its certificate expires on {Day(own.NotAfter)}");
        }

        if (!tls.MatchesName)
        {
            yield return (MailCodes.WrongName, own.Names.Count == 0 ? $"its certificate holds no DNS name, so not {host}" : $"its certificate is for {Shown.Of(string.Join(", ", own.Names))}, not for {host}");
        }

        if (tls.Distrust is { } distrust)
        {
            // Public CAs say where their certificate lies, and none of them signs servers' certificates with its root.
            yield return tls.Chain.Count == 1 && own.NamesIssuerUrl && own.Subject != own.Issuer
                ? (MailCodes.ChainIncomplete, $"it sends its own certificate alone, not that of its issuer «{Shown.Of(own.Issuer)}»")
                : own.Subject == own.Issuer ? (MailCodes.Untrusted, "it has signed its certificate itself")
                : (MailCodes.Untrusted, $"its certificate, issued by «{Shown.Of(own.Issuer)}», is not trusted: {Shown.Of(distrust)}");
        }
    }

    internal static string Day(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
}
