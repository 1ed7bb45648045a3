using MtaSts.Host.Checks;
using MtaSts.Host.Checks.Fetch;
using Xunit;

namespace MtaSts.Host.Tests.Checks.Fetch;

/// <summary>Looks at a real nginx, found through a real BIND; each domain has one fault.</summary>
public sealed class HostLookTests(PolicyHosts hosts) : IClassFixture<PolicyHosts>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("good", "")]
    [InlineData("wildcard", "")]
    [InlineData("charset", "")]
    [InlineData("redirect", "policy.redirect")]
    [InlineData("missing", "policy.status")]
    [InlineData("html", "policy.media-type policy.syntax")]
    [InlineData("page", "policy.syntax")]
    [InlineData("binary", "policy.media-type")]
    [InlineData("large", "policy.too-large")]
    [InlineData("gzip", "policy.encoding")]
    [InlineData("agent", "policy.user-agent")]
    [InlineData("expired", "policy.certificate-expired")]
    [InlineData("soon", "policy.certificate-expires-soon")]
    [InlineData("othername", "policy.certificate-name")]
    [InlineData("common", "policy.certificate-name")]
    [InlineData("chain", "")]
    [InlineData("cutchain", "policy.certificate-untrusted")]
    [InlineData("untrusted", "policy.certificate-untrusted")]
    [InlineData("oldtls", "policy.tls-version")]
    [InlineData("deadv6", "policy.ipv6-broken")]
    [InlineData("deadv4", "policy.address-unreachable")]
    [InlineData("two", "policy.addresses-differ")]
    [InlineData("nobody", "policy.unreachable")]
    [InlineData("dangling", "host.none")]
    [InlineData("nothere", "host.none")]
    [InlineData("broken", "host.dns")]
    public async Task Each_fault_has_its_code(string label, string codes)
    {
        var (facts, found) = await LookAsync(label);
        Assert.Equal(codes, string.Join(' ', found.Select(advisory => advisory.Code).Order(StringComparer.Ordinal)));
        Assert.True(facts.Took < TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_good_host_gives_its_text_and_its_evidence()
    {
        var (facts, _) = await LookAsync("good");
        var fetch = Assert.Single(facts.Fetches);
        Assert.Equal((FetchOutcome.Complete, 200, "text/plain"), (fetch.Outcome, fetch.Status, fetch.ContentType));
        Assert.Equal(PolicyHosts.Text, System.Text.Encoding.ASCII.GetString(fetch.Body!.Value.Span));
        Assert.Equal(("TLS 1.3", 1, null), (fetch.Handshake!.Protocol, fetch.Handshake.Sent, fetch.Handshake.Distrust));
        Assert.Equal(["mta-sts.good.test"], fetch.Handshake.Names);
        Assert.True(fetch.HeaderAfter <= fetch.Took);
        Assert.Equal((FetchOutcome.Complete, 200), (facts.WithoutAgent!.Outcome, facts.WithoutAgent.Status));
        Assert.Contains(FetchRules.Evidence(facts, fetch), line => line.StartsWith("TLS 1.3, ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_redirect_is_named_and_not_followed()
    {
        var (facts, found) = await LookAsync("redirect");
        Assert.Equal("https://www.redirect.test/mta-sts", Assert.Single(facts.Fetches).Location);
        Assert.Contains("https://www.redirect.test/mta-sts", Assert.Single(found).Message, StringComparison.Ordinal);
        Assert.Null(facts.WithoutAgent);
    }

    [Fact]
    public async Task Nothing_is_sent_to_private_addresses_unless_the_settings_allow_it()
    {
        var facts = await CheckParts.Hosts(hosts.Bind.Address, hosts.Roots, allowPrivate: false).LookAsync("mta-sts.two.test", Cancel);
        Assert.Empty(facts.Fetches);
        Assert.Equal(2, facts.Refused.Count);
        Assert.Equal(["host.private-address", "host.private-address"], HostRules.Judge(facts).Select(advisory => advisory.Code));
    }

    [Fact]
    public async Task Eight_addresses_are_looked_at_and_the_rest_is_counted()
    {
        var (facts, found) = await LookAsync("many");
        Assert.Equal((8, 1), (facts.Fetches.Count, facts.LeftOut.Count));
        Assert.Equal(8, found.Count(advisory => advisory.Code == "policy.unreachable"));
        Assert.Single(found, advisory => advisory.Code == "host.too-many-addresses");
    }

    [Fact]
    public async Task Different_texts_are_told_with_both_addresses()
    {
        var (_, found) = await LookAsync("two");
        var message = Assert.Single(found).Message;
        Assert.Contains(hosts.First, message, StringComparison.Ordinal);
        Assert.Contains(hosts.Second, message, StringComparison.Ordinal);
    }

    private async Task<(HostFacts Facts, IReadOnlyList<Advisory> Found)> LookAsync(string label)
    {
        var facts = await CheckParts.Hosts(hosts.Bind.Address, hosts.Roots).LookAsync($"mta-sts.{label}.test", Cancel);
        var text = facts.Fetches.FirstOrDefault(fetch => fetch.Body is not null && !FetchRules.IsCoded(fetch))?.Body;
        return (facts, [.. HostRules.Judge(facts), .. FetchRules.JudgeEach(facts).SelectMany(each => each), .. FetchRules.JudgeTogether(facts), .. text is { } given ? PolicyRules.Judge(facts.Host, given, out _) : []]);
    }
}
