namespace MtaSts.Host.Checks.Fetch;

/// <summary>Codes about the policy host, how it answers, and the policy that it gives.</summary>
internal static class FetchCodes
{
    // RFC 8460 §4.3.2.2.
    private const string FetchError = "sts-policy-fetch-error";
    private const string WebPki = "sts-webpki-invalid";
    private const string Invalid = "sts-policy-invalid";

    public static readonly CheckCode HostNone = new(
        "host.none", Severity.Error, "The policy host has no addresses.", "Publish A (and AAAA) records for it, or the CNAME that leads to the host of the policy.", "RFC 8461 3.3", FetchError);

    public static readonly CheckCode HostDns = new(
        "host.dns", Severity.Error, "The look-up of the policy host's addresses fails.", "Repair the zone: its servers, its delegation, its DNSSEC signatures.", "RFC 8461 3.3", FetchError, MayPass: true, MayBeOurs: true);

    public static readonly CheckCode HostPrivateAddress = new(
        "host.private-address", Severity.Error, "The policy host has an address that senders on the Internet cannot reach.", "Publish only public addresses.", "RFC 8461 3.3", FetchError);

    public static readonly CheckCode HostTooManyAddresses = new(
        "host.too-many-addresses", Severity.Info, "The policy host has more addresses than are looked at.", "Nothing must be done; the rest was not checked.");

    public static readonly CheckCode HostAddressUnchecked = new(
        "host.address-unchecked", Severity.Info, "An address of the policy host could not be looked at from here.", "Nothing must be done at the domain: give this service a route there (IPv6), or check again later.");

    public static readonly CheckCode HostIpv6Only = new(
        "host.ipv6-only", Severity.Warning, "The policy host has IPv6 addresses only; some senders fetch policies over IPv4 only.", "Publish an A record too.");

    public static readonly CheckCode PolicyUnreachable = new(
        "policy.unreachable", Severity.Error, "No address of the policy host takes connections at port 443.", "Let the host listen at port 443, and the firewall let everybody in.", "RFC 8461 3.3", FetchError, MayPass: true, MayBeOurs: true);

    public static readonly CheckCode PolicyAddressUnreachable = new(
        "policy.address-unreachable", Severity.Warning, "One address of the policy host takes no connections; senders with little patience fail there.", "Repair the host at this address, or take the address out of DNS.", "RFC 8461 3.3", FetchError, MayPass: true, MayBeOurs: true);

    public static readonly CheckCode PolicyIpv6Broken = new(
        "policy.ipv6-broken", Severity.Warning, "An IPv6 address of the policy host takes no connections while others do; senders that try it first may fail.", "Repair IPv6, or take the AAAA record out.", "RFC 8461 3.3", FetchError, MayPass: true, MayBeOurs: true);

    public static readonly CheckCode PolicyTimeout = new(
        "policy.timeout", Severity.Error, "The policy host does not give its whole answer in time.", "Let it answer within a second or two, the body at once.", "RFC 8461 3.3", FetchError, MayPass: true, MayBeOurs: true);

    public static readonly CheckCode PolicySlow = new(
        "policy.slow", Severity.Warning, "The policy host answers, but slower than some senders wait (2 s).", "Let it answer within a second.", "RFC 8461 3.3", FetchError, MayPass: true);

    public static readonly CheckCode PolicyTlsVersion = new(
        "policy.tls-version", Severity.Error, "The policy host offers neither TLS 1.2 nor TLS 1.3.", "Switch TLS 1.2 and 1.3 on.", "RFC 8461 7.2", FetchError);

    public static readonly CheckCode PolicyTls = new(
        "policy.tls", Severity.Error, "The TLS handshake with the policy host fails.", "Let it answer TLS at port 443 with a certificate for the policy host, chosen by SNI.", "RFC 8461 7.1", FetchError, MayPass: true);

    public static readonly CheckCode PolicyCertificateExpired = new(
        "policy.certificate-expired", Severity.Error, "The policy host's certificate has expired, or is not valid yet.", "Renew it, and look why it was not renewed by itself.", "RFC 8461 3.3", WebPki);

    public static readonly CheckCode PolicyCertificateName = new(
        "policy.certificate-name", Severity.Error, "The policy host's certificate does not name it; the common name does not count.", "Get a certificate with the policy host's name, or a wildcard for its parent, as subjectAltName.", "RFC 8461 3.3", WebPki);

    public static readonly CheckCode PolicyCertificateUntrusted = new(
        "policy.certificate-untrusted", Severity.Error, "The policy host's certificate chain does not lead to a trusted root.", "Use a certificate of a public CA, and send the intermediates with it.", "RFC 8461 3.3", WebPki);

    public static readonly CheckCode PolicyCertificateExpiresSoon = new(
        "policy.certificate-expires-soon", Severity.Warning, "The policy host's certificate expires soon.", "Renew it, and look why it was not renewed by itself.", "RFC 8461 3.3", WebPki);

    public static readonly CheckCode PolicyRedirect = new(
        "policy.redirect", Severity.Error, "The policy host redirects; senders must not follow.", "Answer 200 with the policy at this very URL.", "RFC 8461 3.3", FetchError);

    public static readonly CheckCode PolicyStatus = new(
        "policy.status", Severity.Error, "The policy host does not answer 200.", "Serve the policy at /.well-known/mta-sts.txt; look for firewalls and bot challenges in front.", "RFC 8461 3.3", FetchError, MayPass: true);

    public static readonly CheckCode PolicyBroken = new(
        "policy.broken", Severity.Error, "The policy host's answer breaks off, or is not HTTP.", "Serve the policy by HTTP/1.1 with its Content-Length.", "RFC 8461 3.3", FetchError, MayPass: true);

    public static readonly CheckCode PolicyMediaType = new(
        "policy.media-type", Severity.Error, "The policy's media type is not text/plain; most senders refuse it.", "Serve it with `Content-Type: text/plain`.", "RFC 8461 3.2", FetchError);

    public static readonly CheckCode PolicyEncoding = new(
        "policy.encoding", Severity.Error, "The policy comes in a content coding that was not asked for.", "Serve it without compression unless the request asks for it.", "RFC 9110 12.5.3", FetchError);

    public static readonly CheckCode PolicyTooLarge = new(
        "policy.too-large", Severity.Error, "The policy is longer than 64 KiB; most senders read no more.", "Shorten it; wildcard patterns replace many hosts.", "RFC 8461 3.3", FetchError);

    public static readonly CheckCode PolicyAddressesDiffer = new(
        "policy.addresses-differ", Severity.Warning, "The addresses of the policy host give different texts; which policy a sender gets is chance.", "Bring all addresses to the same text.", "RFC 8461 3.3", MayPass: true);

    public static readonly CheckCode PolicyUserAgent = new(
        "policy.user-agent", Severity.Error, "A request without User-Agent is answered otherwise; some senders send none.", "Answer the policy's URL to every client; take it out of the firewall's and bot filter's rules.", "RFC 8461 3.3", FetchError, MayPass: true);

    public static readonly CheckCode PolicySyntax = new(
        "policy.syntax", Severity.Error, "The text is not a valid policy.", "Correct the text; `mtasts lint policy` tells the same of a file.", "RFC 8461 3.2", Invalid);

    public static readonly CheckCode PolicyAdvice = new(
        "policy.advice", Severity.Warning, "The policy is valid, but known senders stumble over it.", "Write it as the RFC's example: one field a line, nothing else.", "RFC 8461 3.2");

    public static readonly CheckCode PolicyModeNone = new(
        "policy.mode-none", Severity.Info, "The policy's mode is none: senders act as without a policy.", "Nothing, if MTA-STS is being taken out; else set testing or enforce.", "RFC 8461 8.3");

    public static readonly CheckCode PolicyShortMaxAge = new(
        "policy.short-max-age", Severity.Warning, "max_age is under a day: senders forget the policy between two mails, and an attacker has it easier.", "Set weeks or more, unless MTA-STS is being taken out.", "RFC 8461 10.2");

    public static readonly IReadOnlyList<CheckCode> All =
    [
        HostNone, HostDns, HostPrivateAddress, HostTooManyAddresses, HostAddressUnchecked, HostIpv6Only,
        PolicyUnreachable, PolicyAddressUnreachable, PolicyIpv6Broken, PolicyTimeout, PolicySlow, PolicyTlsVersion, PolicyTls,
        PolicyCertificateExpired, PolicyCertificateName, PolicyCertificateUntrusted, PolicyCertificateExpiresSoon,
        PolicyRedirect, PolicyStatus, PolicyBroken, PolicyMediaType, PolicyEncoding, PolicyTooLarge, PolicyAddressesDiffer, PolicyUserAgent,
        PolicySyntax, PolicyAdvice, PolicyModeNone, PolicyShortMaxAge,
    ];
}
