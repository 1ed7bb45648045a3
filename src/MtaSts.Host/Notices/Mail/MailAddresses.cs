using System.Text.RegularExpressions;
using MimeKit;

namespace MtaSts.Host.Notices.Mail;

/// <summary>Which mail addresses are taken: one plain address, nothing around it, so that none can add a line or a receiver to a message. Pure.</summary>
internal static partial class MailAddresses
{
    // RFC 5321 §4.5.3.1: a path has 256 octets with its brackets.
    private const int Longest = 254;
    private const int LongestLocal = 64;

    /// <summary>Code and sentence; null: it is good.</summary>
    public static (string Code, string Message)? FindFault(string text)
    {
        if (text.Length > Longest)
        {
            return ("email.length", $"An address has {Longest} characters at most.");
        }

        var at = text.LastIndexOf('@');
        // Quoted local parts, comments, routes, groups and UTF-8 (RFC 6531) are addresses too; hardly anybody has one, and each is a way to smuggle.
        if (at <= 0 || !DotAtom().IsMatch(text[..at]) || at > LongestLocal || !MailboxAddress.TryParse(text, out var mailbox)
            || !string.Equals(mailbox.GetAddress(idnEncode: true), text, StringComparison.OrdinalIgnoreCase) || !string.IsNullOrEmpty(mailbox.Name))
        {
            return ("email.syntax", "An address must look like ops@example.com: no name, no brackets, no quotes, nothing beside it.");
        }

        var domain = text[(at + 1)..];
        return !MailDomain.TryParse(domain, out var parsed, out _) || !string.Equals(parsed.Name, domain, StringComparison.OrdinalIgnoreCase)
            ? ("email.domain", "The part behind the @ must be a domain in A-labels, without a final dot.")
            : null;
    }

    /// <summary>The domain in lower case, so that one address does not stand twice; the local part is its server's business (RFC 5321 §2.4).</summary>
    public static string Normalize(string address)
    {
        var at = address.LastIndexOf('@');
        return address[..at] + address[at..].ToLowerInvariant();
    }

    // RFC 5322 §3.2.3
    [GeneratedRegex("^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*\\z", RegexOptions.CultureInvariant)]
    private static partial Regex DotAtom();
}
