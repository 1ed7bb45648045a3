namespace MtaSts.Host.Certificates.Preflight;

/// <summary>The stable codes of findings; those of CAA records are in <see cref="Lookups.Caa.CaaCodes"/>.</summary>
internal static class PreflightCodes
{
    public const string HostNxDomain = "host.nxdomain";
    public const string HostNoAddress = "host.no-address";
    public const string AddressNotOurs = "address.not-ours";
    public const string AddressPrivate = "address.private";
    public const string AddressTooMany = "address.too-many";
    public const string DnsServFail = "dns.servfail";
    public const string DnsTimeout = "dns.timeout";
    public const string DnsRefused = "dns.refused";
    public const string DnsMalformed = "dns.malformed";
    public const string DnsCnameLoop = "dns.cname-loop";
    public const string DnsCnameTooLong = "dns.cname-too-long";
    public const string EchoUnreachable = "echo.unreachable";
    public const string EchoTimeout = "echo.timeout";
    public const string EchoOther = "echo.other";
}
