using MtaSts.Host.Domains.MailServers;
using Xunit;

namespace MtaSts.Host.Tests.Domains.MailServers;

/// <summary>From the names of mail servers to patterns.</summary>
public sealed class MxPatternsTests
{
    private const string Google = "smtp.google.com aspmx.l.google.com *.aspmx.l.google.com *.googlemail.com";

    [Theory]
    [InlineData("mx1.example.net", "mx1.example.net")]
    [InlineData("mx1.example.net mx2.example.net", "mx1.example.net mx2.example.net")]
    [InlineData("xn--bcher-kva.example", "xn--bcher-kva.example")]
    // Google's own moves need no change.
    [InlineData("smtp.google.com", Google)]
    [InlineData("aspmx.l.google.com alt1.aspmx.l.google.com alt2.aspmx.l.google.com aspmx2.googlemail.com aspmx3.googlemail.com", Google)]
    [InlineData("mx.example.net aspmx5.googlemail.com", "mx.example.net " + Google)]
    // Names that only look like Google's.
    [InlineData("alt5.aspmx.l.google.com", "alt5.aspmx.l.google.com")]
    [InlineData("aspmx.l.google.com.evil.example", "aspmx.l.google.com.evil.example")]
    [InlineData("mail.google.com", "mail.google.com")]
    // Every tenant has a name below Microsoft's: only this one is meant.
    [InlineData("contoso-com.mail.protection.outlook.com", "contoso-com.mail.protection.outlook.com")]
    [InlineData("contoso-com.o-v1.mx.microsoft", "contoso-com.o-v1.mx.microsoft")]
    public void Patterns_of_mail_servers(string hosts, string patterns) =>
        Assert.Equal(patterns, string.Join(' ', MxPatterns.Of(hosts.Split(' ')).Select(wanted => wanted.Pattern.Text)));

    [Theory]
    [InlineData("smtp.google.com", MxPatterns.Google)]
    [InlineData("contoso-com.mail.protection.outlook.com", MxPatterns.Microsoft)]
    [InlineData("contoso-com.h-v1.mx.microsoft", MxPatterns.Microsoft)]
    [InlineData("a.b.mail.protection.outlook.com", null)]
    [InlineData("mail.protection.outlook.com", null)]
    [InlineData("contoso-com.mx.microsoft", null)]
    [InlineData("contoso.mail.protection.outlook.com.evil.example", null)]
    [InlineData("mx.example.net", null)]
    public void Whose_a_mail_server_is(string host, string? provider) => Assert.Equal(provider, MxPatterns.ProviderOf(host));

    [Theory]
    [InlineData("smtp.google.com")]
    [InlineData("alt4.aspmx.l.google.com")]
    [InlineData("aspmx2.googlemail.com")]
    [InlineData("contoso-com.mail.protection.outlook.com")]
    [InlineData("contoso-com.o-v1.mx.microsoft")]
    [InlineData("mx.example.net")]
    public void The_patterns_of_a_server_match_it(string host) => Assert.Contains(MxPatterns.Of([host]), wanted => wanted.Pattern.Matches(host));

    [Theory]
    [InlineData("mx.example.net", true)]
    [InlineData("xn--bcher-kva.example", true)]
    [InlineData("*.example.net", false)]
    [InlineData("*", false)]
    [InlineData("", false)]
    [InlineData("192.0.2.1", false)]
    [InlineData("mail_1.example.net", false)]
    [InlineData("bücher.example", false)]
    [InlineData("MX.example.net", false)]
    [InlineData("mx.example.net.", false)]
    [InlineData("a b.example", false)]
    [InlineData("a\nmode: none", false)]
    [InlineData("a\\032b.example", false)]
    public void What_comes_out_of_DNS_is_a_host_name_or_nothing(string name, bool isHost) => Assert.Equal(isHost, MxPatterns.TryHost(name, out _));

    [Theory]
    [InlineData("*.example.net", "mx.example.net", true)]
    [InlineData("*.example.net", "*.example.net", true)]
    [InlineData("mx.example.net", "MX.example.net", true)]
    [InlineData("mx.example.net", "*.example.net", false)]
    [InlineData("*.example.net", "a.mx.example.net", false)]
    public void What_one_pattern_lets_in_another_may_cover(string present, string one, bool covers) => Assert.Equal(covers, MxPatterns.Covers([Pattern(present)], Pattern(one)));

    private static MxPattern Pattern(string text) => MxPattern.TryParse(text, out var pattern, out _) ? pattern : throw new ArgumentException(text);
}
