namespace MtaSts.Host.Checks.Mail;

/// <summary>Advisories about mail servers. An error is what keeps a strict sender away; what may only keep us away is a warning.</summary>
internal static class MailCodes
{
    private const string StartTls = "RFC 8461 4.2";

    public static readonly CheckCode None = new(
        "mx.none", Severity.Error, "The domain has neither MX records nor addresses: no mail can be delivered.",
        "Set MX records that name the mail servers.", "RFC 5321 5.1");

    public static readonly CheckCode Null = new(
        "mx.null", Severity.Warning, "The MX record says that the domain takes no mail (null MX).",
        "If the domain is to receive mail, name its mail servers; otherwise it needs no policy.", "RFC 7505 3");

    public static readonly CheckCode NullBeside = new(
        "mx.null-beside", Severity.Warning, "A null MX stands beside other MX records: some senders take the domain for one without mail.",
        "Take the null MX out; it must stand alone.", "RFC 7505 3");

    public static readonly CheckCode Implicit = new(
        "mx.implicit", Severity.Info, "There are no MX records: senders take the domain itself as the mail server.",
        "Set an MX record, so that it is clear which server is meant; the policy has to name the domain itself until then.", "RFC 5321 5.1");

    public static readonly CheckCode Alias = new(
        "mx.cname", Severity.Warning, "An MX record leads to a CNAME. It must not; some senders refuse it.",
        "Name the server by a name with addresses of its own. Policy and certificate need the name in the MX record, not the one behind the CNAME.", "RFC 2181 10.3");

    public static readonly CheckCode Address = new(
        "mx.address", Severity.Error, "An MX record holds an IP address; it must hold a name.",
        "Give the server a name with this address, and put the name into the MX record.", "RFC 1035 3.3.9");

    public static readonly CheckCode NoAddress = new(
        "mx.no-address", Severity.Error, "A mail server's name has no address.",
        "Set A or AAAA records for the name, or take it out of the MX records.", "RFC 5321 5.1");

    public static readonly CheckCode Dns = new(
        "mx.dns", Severity.Error, "DNS gives no answer about a mail server or the MX records: senders keep the mail and try again.",
        "See that all name servers of the zone answer, and that DNSSEC holds.", "RFC 5321 5.1", MayPass: true, MayBeOurs: true);

    public static readonly CheckCode DnsPartly = new(
        "mx.dns-partly", Severity.Warning, "DNS gives only the A or only the AAAA records of a mail server, and no answer about the others.",
        "See that all name servers of the zone answer for both types.", "RFC 5321 5.1", MayPass: true, MayBeOurs: true);

    public static readonly CheckCode NotInPolicy = new(
        "mx.not-in-policy", Severity.Error, "No mx pattern of the policy covers a mail server's name: in enforce it gets no mail from strict senders.",
        "Add the name to the policy first and wait for its max_age, or take the server out of the MX records.", "RFC 8461 4.1", "validation-failure");

    public static readonly CheckCode PatternUnused = new(
        "mx.pattern-unused", Severity.Info, "A pattern of the policy matches no mail server.",
        "Take it out, unless a server with such a name is about to come.", "RFC 8461 4.1");

    public static readonly CheckCode TooMany = new(
        "mx.too-many", Severity.Info, "There are more mail servers or addresses than this check looks at.",
        "Look at the others yourself.");

    public static readonly CheckCode NotLookedAt = new(
        "mx.not-looked-at", Severity.Info, "An address could not be looked at in this check.",
        "Check again.");

    public static readonly CheckCode PrivateAddress = new(
        "mx.private-address", Severity.Warning, "A mail server's address is private or special: no sender on the Internet reaches it, and this check does not go there.",
        "Publish public addresses only. In a network of your own, Network:AllowPrivateAddresses lets checks go there.", "RFC 6890 2.2.2");

    public static readonly CheckCode Unreachable = new(
        "mx.unreachable", Severity.Warning, "A mail server does not answer at port 25.",
        "See that the server runs and that no firewall is in the way; senders try the next address meanwhile.", "RFC 5321 5.1", MayPass: true, MayBeOurs: true);

    public static readonly CheckCode NoneReachable = new(
        "mx.none-reachable", Severity.Error, "No mail server could be spoken with: how they do TLS is not known.",
        "If it is so for every domain, outgoing connections to port 25 are closed where this check runs; many networks do that. Otherwise see that the servers run.", "RFC 5321 5.1", MayPass: true, MayBeOurs: true);

    public static readonly CheckCode Refused = new(
        "mx.refused", Severity.Warning, "A mail server refuses to speak with this check.",
        "If it refuses other senders too, mend it. It may refuse only us, by address or by name.", "RFC 5321 3.1", MayPass: true);

    public static readonly CheckCode Broken = new(
        "mx.broken", Severity.Warning, "A mail server's SMTP does not come to an end as it should: it is too slow, ends early, or sends something else.",
        "Look at the server's log. It may treat only unknown senders like this.", "RFC 5321 4.2", MayPass: true);

    public static readonly CheckCode NoStartTls = new(
        "mx.no-starttls", Severity.Error, "A mail server does not offer STARTTLS.",
        "Switch STARTTLS on at port 25, with a certificate for the server's name.", StartTls, "starttls-not-supported");

    public static readonly CheckCode StartTlsFailed = new(
        "mx.starttls-failed", Severity.Error, "A mail server offers STARTTLS, and then no TLS connection comes about.",
        "Look at the server's log: often its certificate or key cannot be read, or it knows no cipher of today.", StartTls, "validation-failure", MayPass: true);

    public static readonly CheckCode TlsVersion = new(
        "mx.tls-version", Severity.Error, "A mail server speaks neither TLS 1.2 nor TLS 1.3.",
        "Allow TLS 1.2 and TLS 1.3 there.", "RFC 8461 7.2", "validation-failure");

    public static readonly CheckCode Expired = new(
        "mx.certificate-expired", Severity.Error, "A mail server's certificate has expired.",
        "Renew it, and have the server load the new one.", StartTls, "certificate-expired");

    public static readonly CheckCode NotYetValid = new(
        "mx.certificate-not-yet-valid", Severity.Error, "A mail server's certificate is not valid yet.",
        "Wait until it is, or see that the clock was right where it was made.", StartTls, "validation-failure");

    public static readonly CheckCode WrongName = new(
        "mx.certificate-name", Severity.Error, "A mail server's certificate does not hold the server's name.",
        "Get a certificate with the name in the MX record as a DNS name of its subjectAltName; the common name does not count.", StartTls, "certificate-host-mismatch");

    public static readonly CheckCode Untrusted = new(
        "mx.certificate-untrusted", Severity.Error, "No CA that is trusted stands behind a mail server's certificate.",
        "Get a certificate from a public CA.", StartTls, "certificate-not-trusted");

    public static readonly CheckCode ChainIncomplete = new(
        "mx.chain-incomplete", Severity.Error, "A mail server sends its own certificate without that of the CA in between.",
        "Have the server send the whole chain; CAs deliver it as «fullchain».", "RFC 8446 4.4.2", "certificate-not-trusted");

    public static readonly CheckCode ExpiresSoon = new(
        "mx.certificate-expires-soon", Severity.Warning, "A mail server's certificate expires within 14 days.",
        "Renew it, and see why that has not been done by itself.");

    public static readonly CheckCode AddressDiffers = new(
        "mx.address-differs", Severity.Warning, "Of a mail server's addresses some are fit for a strict sender and others are not.",
        "Set up the servers behind all its addresses alike.", StartTls);

    public static readonly CheckCode Dane = new(
        "dane.present", Severity.Info, "A mail server has TLSA records: senders that know DANE go by them, and MTA-STS must not overrule what they say.",
        "Change the TLSA records before each change of the server's key.", "RFC 8461 2");

    public static readonly CheckCode DaneUnvalidated = new(
        "dane.unvalidated", Severity.Info, "A mail server has TLSA records; whether DNSSEC holds for them was not checked, since the resolver does not say.",
        "If they are meant for DANE, see that the zone is signed; without DNSSEC they have no effect.", "RFC 7672 2.2");

    public static readonly CheckCode DaneMismatch = new(
        "dane.mismatch", Severity.Error, "A mail server's TLSA records do not fit the certificate that it shows: senders that know DANE do not deliver to it, whatever the policy says.",
        "Publish TLSA records for the key that the server uses, with those of the next key beside them, before each change of the key.", "RFC 7672 2.2", "validation-failure", MayPass: true);

    public static readonly CheckCode DaneUnusable = new(
        "dane.unusable", Severity.Warning, "A mail server has TLSA records, and none of a kind that SMTP goes by: senders that know DANE then take any certificate.",
        "Publish records of usage 3 (or 2) with selector 0 or 1 and a digest of the right length, such as «3 1 1».", "RFC 7672 3.1.3", "tlsa-invalid");

    public static readonly CheckCode DaneFailed = new(
        "dane.failed", Severity.Warning, "DNS gives no answer about a mail server's TLSA records: senders that know DANE then do not deliver to it.",
        "See that all name servers of the zone answer for names with underscores too, with «no such name» where there is nothing.", "RFC 7672 2.1.2", MayPass: true, MayBeOurs: true);

    public static readonly IReadOnlyList<CheckCode> All =
    [
        None, Null, NullBeside, Implicit, Alias, Address, NoAddress, Dns, DnsPartly, NotInPolicy, PatternUnused, TooMany, NotLookedAt, PrivateAddress, Unreachable, NoneReachable, Refused,
        Broken, NoStartTls, StartTlsFailed, TlsVersion, Expired, NotYetValid, WrongName, Untrusted, ChainIncomplete, ExpiresSoon, AddressDiffers, Dane, DaneUnvalidated, DaneMismatch, DaneUnusable,
        DaneFailed,
    ];
}
