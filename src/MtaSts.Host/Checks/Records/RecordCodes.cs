namespace MtaSts.Host.Checks.Records;

/// <summary>Codes about what DNS says of a domain's policy and reports, and about our own record and text.</summary>
internal static class RecordCodes
{
    private const string FetchError = "sts-policy-fetch-error";

    public static readonly CheckCode TxtNone = new(
        "txt.none", Severity.Error, "There is no TXT record of MTA-STS at _mta-sts.", "Publish `v=STSv1; id=…;` as TXT at the record name, or the CNAME that leads to it.", "RFC 8461 3.1");

    public static readonly CheckCode TxtMultiple = new(
        "txt.multiple", Severity.Error, "More than one TXT record of MTA-STS stands at _mta-sts; senders then assume that there is no policy.", "Leave exactly one record that begins with `v=STSv1;`.", "RFC 8461 3.1");

    public static readonly CheckCode TxtSyntax = new(
        "txt.syntax", Severity.Error, "The TXT record at _mta-sts does not fit the grammar; senders then assume that there is no policy.", "Write it as `v=STSv1; id=20160831085700Z;`.", "RFC 8461 3.1");

    public static readonly CheckCode TxtAdvice = new(
        "txt.advice", Severity.Warning, "The TXT record at _mta-sts is valid, but known senders stumble over it.", "Write it as `v=STSv1; id=20160831085700Z;`, with nothing else at the name.", "RFC 8461 3.1");

    public static readonly CheckCode TxtDns = new(
        "txt.dns", Severity.Error, "The look-up of the record at _mta-sts fails; some senders defer mail then.", "Repair the zone: its servers, its delegation, its DNSSEC signatures.", "RFC 8461 3.3", FetchError, MayPass: true, MayBeOurs: true);

    public static readonly CheckCode TxtCnameDangling = new(
        "txt.cname-dangling", Severity.Error, "The CNAME at _mta-sts leads to a name without TXT records.", "Correct the CNAME's target, or take the CNAME out.", "RFC 8461 3.1");

    public static readonly CheckCode TxtServersDiffer = new(
        "txt.servers-differ", Severity.Warning, "The authoritative servers do not say the same of _mta-sts; what a sender finds depends on which it asks.", "Bring the servers to the same state; look at zone transfers and serials.", "RFC 1034 4.3.5", MayPass: true);

    public static readonly CheckCode TxtCached = new(
        "txt.cached", Severity.Info, "The resolver gives another record at _mta-sts than the authoritative servers: it remembers an older one.", "Nothing, if the record was changed just now: wait until its TTL has passed.", "RFC 8461 8.1");

    public static readonly CheckCode TxtLameServer = new(
        "txt.lame-server", Severity.Warning, "A name server of the zone does not answer for it.", "Repair the server, or take it out of the zone's NS records and of the delegation.", "RFC 1912 2.8", MayPass: true, MayBeOurs: true);

    public static readonly CheckCode TxtServersUnchecked = new(
        "txt.servers-unchecked", Severity.Info, "The name servers of the zone could not be found, or not in time: what they say themselves was not looked at.", "See that all name servers of the zone and of those above it answer quickly.", "RFC 1034 4.2");

    public static readonly CheckCode TxtWildcard = new(
        "txt.wildcard", Severity.Warning, "What stands at _mta-sts comes from a wildcard, which answers for every other name too.", "Publish the record at its own name.", "RFC 8461 3.1");

    public static readonly CheckCode TxtNoDnssec = new(
        "txt.no-dnssec", Severity.Info, "The record at _mta-sts is not protected by DNSSEC, as far as the resolver says.", "Nothing must be done: MTA-STS does not need DNSSEC.", "RFC 8461 10.2");

    public static readonly CheckCode IdBehind = new(
        "id.behind", Severity.Warning, "The record still has an earlier id while a newer policy is served; senders keep the old policy.", "Publish the present id; with a delegated record wait until it is out and its TTL has passed.", "RFC 8461 8.1", MayPass: true);

    public static readonly CheckCode IdUnknown = new(
        "id.unknown", Severity.Warning, "The record has an id that is not of this service: changes made here are not announced.", "Publish the id of this service, or the CNAME that leads to its record.", "RFC 8461 3.1");

    public static readonly CheckCode TextDiffers = new(
        "text.differs", Severity.Warning, "The policy host gives another text than this service does: it leads elsewhere, or something in between remembers.", "Let the policy host's CNAME or addresses lead to this service.", "RFC 8461 8.2", MayPass: true);

    public static readonly CheckCode TlsRptNone = new(
        "tlsrpt.none", Severity.Info, "There is no TLSRPT record: no sender reports failures.", "Publish `v=TLSRPTv1; rua=mailto:…` as TXT at _smtp._tls.", "RFC 8460 3");

    public static readonly CheckCode TlsRptMultiple = new(
        "tlsrpt.multiple", Severity.Warning, "More than one TLSRPT record stands at _smtp._tls; senders then send no reports.", "Leave exactly one record that begins with `v=TLSRPTv1;`.", "RFC 8460 3");

    public static readonly CheckCode TlsRptSyntax = new(
        "tlsrpt.syntax", Severity.Warning, "The TLSRPT record does not fit the grammar; senders then send no reports.", "Write it as `v=TLSRPTv1; rua=mailto:reports@example.com`.", "RFC 8460 3");

    public static readonly CheckCode TlsRptAdvice = new(
        "tlsrpt.advice", Severity.Warning, "The TLSRPT record is valid, but known senders stumble over it.", "Write it as `v=TLSRPTv1; rua=mailto:reports@example.com`, with nothing else at the name.", "RFC 8460 3");

    public static readonly CheckCode TlsRptDns = new(
        "tlsrpt.dns", Severity.Warning, "The look-up of the TLSRPT record fails.", "Repair the zone: its servers, its delegation, its DNSSEC signatures.", "RFC 8460 3", MayPass: true, MayBeOurs: true);

    public static readonly CheckCode TlsRptServersDiffer = new(
        "tlsrpt.servers-differ", Severity.Warning, "The authoritative servers do not say the same of _smtp._tls.", "Bring the servers to the same state; look at zone transfers and serials.", "RFC 1034 4.3.5", MayPass: true);

    public static readonly CheckCode TlsRptTarget = new(
        "tlsrpt.target", Severity.Warning, "A target of the TLSRPT record cannot take reports.", "Name a mail domain that takes mail, or a host of https that is there.", "RFC 8460 3");

    public static readonly IReadOnlyList<CheckCode> All =
    [
        TxtNone, TxtMultiple, TxtSyntax, TxtAdvice, TxtDns, TxtCnameDangling, TxtServersDiffer, TxtCached, TxtLameServer, TxtServersUnchecked, TxtWildcard, TxtNoDnssec,
        IdBehind, IdUnknown, TextDiffers,
        TlsRptNone, TlsRptMultiple, TlsRptSyntax, TlsRptAdvice, TlsRptDns, TlsRptServersDiffer, TlsRptTarget,
    ];
}
