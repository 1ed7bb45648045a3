using System.Net;
using Microsoft.Extensions.Time.Testing;

namespace MtaSts.Acme.Tests;

/// <summary>What is looked at before a chain is used, and how it is read (RFC 8555 §7.4.2, §9.1).</summary>
public sealed class ChainTests
{
    private const string Name = "mta-sts.example.test";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(ChainFaultKind.KeyDiffers)]
    [InlineData(ChainFaultKind.NamesDiffer)]
    [InlineData(ChainFaultKind.NotYetValid)]
    [InlineData(ChainFaultKind.Expired)]
    [InlineData(ChainFaultKind.NotLinked)]
    public async Task A_chain_that_cannot_be_served_is_told_with_its_reason(ChainFaultKind kind)
    {
        FakeTimeProvider time = new(DateTimeOffset.UtcNow);
        await using var stub = await StubCaClient.StartAsync(time);
        var behaviour = stub.Ca.Behaviour;
        behaviour.IssuesForAnotherKey = kind == ChainFaultKind.KeyDiffers;
        behaviour.IssuesForName = kind == ChainFaultKind.NamesDiffer ? "mta-sts.other.test" : null;
        behaviour.SendsWrongIssuer = kind == ChainFaultKind.NotLinked;
        var (chain, key) = await stub.IssueAsync(await stub.NewAccountAsync(), Name);

        var now = time.GetUtcNow() + kind switch
        {
            ChainFaultKind.NotYetValid => TimeSpan.FromDays(-1),
            ChainFaultKind.Expired => TimeSpan.FromDays(91),
            _ => TimeSpan.Zero,
        };
        var fault = Assert.Single(chain.FindFaults(key.ExportSubjectPublicKeyInfo(), [Name], now));
        Assert.Equal(kind, fault.Kind);
        var failure = Assert.Throws<AcmeException>(() => chain.Verify(key.ExportSubjectPublicKeyInfo(), [Name], now));
        Assert.Equal(AcmeBlame.CertificateAuthority, failure.Blame);
        Assert.Contains(fault.Text, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_faults_are_told_at_once_and_names_are_compared_as_sets()
    {
        await using var stub = await StubCaClient.StartAsync();
        var account = await stub.NewAccountAsync();
        var (chain, key) = await stub.IssueAsync(account, Name);
        Assert.Equal(2, chain.FindFaults([], [Name, "mta-sts.more.test"], stub.Time.GetUtcNow()).Count);
        Assert.Empty(chain.FindFaults(key.ExportSubjectPublicKeyInfo(), [Name, Name], stub.Time.GetUtcNow()));
    }

    [Fact]
    public async Task A_chain_is_certificates_and_nothing_else()
    {
        await using var stub = await StubCaClient.StartAsync();
        var (chain, key) = await stub.IssueAsync(await stub.NewAccountAsync(), Name);
        var pem = chain.ToPem();
        var broken = pem.Replace("MII", "AII", StringComparison.Ordinal);
        foreach (var text in new[]
        {
            "", "nothing", broken, pem + key.ExportPkcs8PrivateKeyPem(), string.Concat(Enumerable.Repeat(pem, 6)),
            pem.Replace("CERTIFICATE", "PUBLIC KEY", StringComparison.Ordinal), new string('A', AcmeLimits.MaxAnswerBytes + 1),
        })
        {
            using var ca = ScriptedCa.Answering(() => ScriptedCa.Answer(HttpStatusCode.OK, text, "application/pem-certificate-chain"));
            var failure = await StubCaClient.FailureOf(() => ca.Client.DownloadAsync(ca.Account, new Uri("https://ca.test/c"), Cancellation));
            Assert.Equal(AcmeBlame.CertificateAuthority, failure.Blame);
        }

        using var good = ScriptedCa.Answering(() => ScriptedCa.Answer(HttpStatusCode.OK, "a note\r\n" + pem.Replace("\n", "\r\n", StringComparison.Ordinal), "application/pem-certificate-chain;charset=utf-8"));
        Assert.Equal(pem, (await good.Client.DownloadAsync(good.Account, new Uri("https://ca.test/c"), Cancellation)).ToPem());
    }
}
