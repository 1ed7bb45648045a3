namespace MtaSts.Host.DnsRecords.Customers;

/// <summary>The stable codes of what is wrong in a customer's zone; those of CAA records are in <see cref="Lookups.Caa.CaaCodes"/>.</summary>
internal static class CustomerCodes
{
    public const string Missing = "record.missing";
    public const string Doubled = "record.doubled";
    public const string Removing = "record.removing";
    public const string Blocked = "record.blocked";
    public const string Wildcard = "record.wildcard";
    public const string Outdated = "record.outdated";
    public const string AliasFinalDot = "cname.final-dot";
    public const string AliasOtherLabel = "cname.other-label";
    public const string AliasOtherRecord = "cname.other-record";
    public const string AliasElsewhere = "cname.elsewhere";
    public const string AliasChain = "cname.chain";
    public const string AliasBeside = "cname.beside";
    public const string TextSeveral = "txt.several";
    public const string TextId = "txt.id";
    public const string TextSyntax = "txt.syntax";
    public const string TextLags = "txt.lags";
    public const string TextEarly = "txt.early";
    public const string ReportsSeveral = "tlsrpt.several";
    public const string ReportsSyntax = "tlsrpt.syntax";
    public const string ReportsDiffer = "tlsrpt.differs";
    public const string ProofOther = "proof.other";
    public const string AddressNotOurs = "address.not-ours";
    public const string AddressNotKnown = "address.not-known";
    public const string ServersDisagree = "servers.disagree";
    public const string ServerSilent = "servers.silent";
    public const string DnsTimeout = "dns.timeout";
    public const string DnsServFail = "dns.servfail";
    public const string DnsRefused = "dns.refused";
    public const string DnsNotAuthoritative = "dns.not-authoritative";
    public const string DnsMalformed = "dns.malformed";
    public const string DnsNoServers = "dns.no-servers";
}
