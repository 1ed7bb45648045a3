using System.Net;
using System.Net.Sockets;
using MtaSts.Host.Checks;
using MtaSts.Host.Checks.Mail;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Checks.Mail;

/// <summary>Real mail servers, of every kind that a strict sender meets.</summary>
public sealed class PostfixTests : IDisposable
{
    private readonly MailCa _ca = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_good_server_gets_mail()
    {
        await using var postfix = await PostfixServer.StartAsync(_ca.Issue("mx.mail.test"));
        var (facts, part, host) = await LookAsync(postfix);
        Assert.Equal((MxKind.Records, "mx.mail.test", 10), (facts.Kind, facts.Hosts.Single().Name, facts.Hosts.Single().Preference));
        var address = Assert.Single(facts.Hosts[0].Addresses);
        Assert.Equal((postfix.Address, MailEnd.Secured, ""), (address.Address, address.End, address.Detail));
        Assert.Equal("S: 220 postfix.test ESMTP Postfix (Debian/GNU)".Split(' ')[..3], address.Dialogue[0].Split(' ')[..3]);
        Assert.Equal(["EHLO", "STARTTLS", "EHLO", "QUIT"], address.Dialogue.Where(line => line.StartsWith("C: ", StringComparison.Ordinal)).Select(line => line.Split(' ')[1]));
        Assert.Equal(("TLS 1.3", true, null, 2), (address.Tls!.Version, address.Tls.MatchesName, address.Tls.Distrust, address.Tls.Chain.Count));
        Assert.Equal(["mx.mail.test"], address.Tls.Chain[0].Names);
        Assert.Equal("CN=Between of a test", address.Tls.Chain[0].Issuer);
        Assert.Empty(part.Advisories);
        Assert.All(part.Steps, step => Assert.Equal(StepState.Ok, step.State));
        Assert.Equal((MailDelivery.Yes, null), (host.Delivery, host.Reason));
    }

    [Fact]
    public async Task A_wildcard_certificate_covers_one_label()
    {
        await using var postfix = await PostfixServer.StartAsync(_ca.Issue("*.mail.test"));
        Assert.Equal(MailDelivery.Yes, (await LookAsync(postfix)).Host.Delivery);
    }

    [Fact]
    public async Task A_server_without_STARTTLS()
    {
        await using var postfix = await PostfixServer.StartAsync(null);
        await RefusesAsync(postfix, "mx.no-starttls", "starttls-not-supported");
    }

    [Fact]
    public async Task An_expired_certificate()
    {
        await using var postfix = await PostfixServer.StartAsync(_ca.Issue("mx.mail.test", notBefore: -30, notAfter: -1));
        await RefusesAsync(postfix, "mx.certificate-expired", "certificate-expired");
    }

    [Fact]
    public async Task A_certificate_of_tomorrow()
    {
        await using var postfix = await PostfixServer.StartAsync(_ca.Issue("mx.mail.test", notBefore: 1));
        await RefusesAsync(postfix, "mx.certificate-not-yet-valid", "validation-failure");
    }

    [Fact]
    public async Task A_certificate_for_another_name()
    {
        await using var postfix = await PostfixServer.StartAsync(_ca.Issue("mail.test"));
        await RefusesAsync(postfix, "mx.certificate-name", "certificate-host-mismatch");
    }

    [Fact]
    public async Task A_certificate_of_an_unknown_CA()
    {
        using var unknown = new MailCa();
        await using var postfix = await PostfixServer.StartAsync(unknown.Issue("mx.mail.test"));
        await RefusesAsync(postfix, "mx.certificate-untrusted", "certificate-not-trusted");
    }

    [Fact]
    public async Task A_chain_with_a_hole_is_not_filled_from_the_URL_in_the_certificate()
    {
        using var address = OwnAddress.Take();
        using var listener = new TcpListener(new IPEndPoint(address.Address, address.FreePort()));
        listener.Start();
        await using var postfix = await PostfixServer.StartAsync(_ca.Issue("mx.mail.test", withBetween: false, issuerUrl: $"http://{listener.LocalEndpoint}/between.cer"));
        await RefusesAsync(postfix, "mx.chain-incomplete", "certificate-not-trusted");
        Assert.False(listener.Pending());
    }

    [Fact]
    public async Task A_server_of_old_speaks_TLS_1_0_only()
    {
        await using var postfix = await PostfixServer.StartAsync(
            _ca.Issue("mx.mail.test"), "smtpd_tls_protocols = >=TLSv1, <=TLSv1", "tls_medium_cipherlist = ALL:@SECLEVEL=0", "smtpd_tls_ciphers = medium");
        var facts = await RefusesAsync(postfix, "mx.tls-version", "validation-failure");
        Assert.Equal("a version before TLS 1.2", facts.Hosts[0].Addresses[0].OldTls);
    }

    [Fact]
    public async Task A_server_with_nothing_but_old_ciphers_gets_mail_as_from_others()
    {
        await using var postfix = await PostfixServer.StartAsync(
            _ca.Issue("mx.mail.test"), "smtpd_tls_protocols = >=TLSv1.2, <=TLSv1.2", "tls_medium_cipherlist = ECDHE-RSA-AES256-SHA", "smtpd_tls_ciphers = medium");
        var (facts, _, host) = await LookAsync(postfix);
        Assert.Equal(MailDelivery.Yes, host.Delivery);
        Assert.Equal(("TLS 1.2", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"), (facts.Hosts[0].Addresses[0].Tls!.Version, facts.Hosts[0].Addresses[0].Tls!.Cipher));
    }

    [Fact]
    public async Task A_certificate_that_expires_soon_is_good_still()
    {
        await using var postfix = await PostfixServer.StartAsync(_ca.Issue("mx.mail.test", notAfter: 10));
        var (_, part, host) = await LookAsync(postfix);
        Assert.Equal(("mx.certificate-expires-soon", Severity.Warning), (part.Advisories.Single().Code, part.Advisories.Single().Severity));
        Assert.Equal(MailDelivery.Yes, host.Delivery);
    }

    public void Dispose() => _ca.Dispose();

    private async Task<MailFacts> RefusesAsync(PostfixServer postfix, string code, string resultType)
    {
        var (facts, part, host) = await LookAsync(postfix);
        var advisory = Assert.Single(part.Advisories);
        Assert.True(advisory.Code == code, $"{advisory.Message}\n{postfix.Output}");
        Assert.Equal((code, Severity.Error, "mx.mail.test", resultType), (advisory.Code, advisory.Severity, advisory.Subject, advisory.ResultType));
        Assert.Equal(StepState.Error, part.Steps.Single(step => step.Name == "smtp").State);
        Assert.Equal((MailDelivery.No, code, resultType), (host.Delivery, host.Reason, host.ResultType));
        return facts;
    }

    private async Task<(MailFacts Facts, CheckPart Part, MailHostResult Host)> LookAsync(PostfixServer postfix)
    {
        await using var dns = await BindServer.StartAsync(new Dictionary<string, string?> { ["mail.test"] = $"@ MX 10 mx\nmx A {postfix.Address}" });
        var facts = await MailLooking.At(dns, MailLooking.Smtp(_ca)).LookAsync("mail.test", SeenWithin.Now, Cancel);
        var policy = MailLooking.Policy("*.mail.test");
        return (facts, MailRules.Judge(facts, policy), MailRules.Hosts(facts, policy).Single());
    }
}
