using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using MtaSts.Host.Checks.Mail;
using MtaSts.Host.Lookups;
using MtaSts.Host.Tests.Lookups;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Checks.Mail;

/// <summary>What DNS says of mail servers, by BIND. Nobody listens at their addresses.</summary>
public sealed class MailLookTests(MailLookTests.Zones zones) : IClassFixture<MailLookTests.Zones>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Hosts_come_in_the_order_of_a_sender()
    {
        var facts = await LookAsync("order.test");
        Assert.Equal((MxKind.Records, LookupOutcome.Answer), (facts.Kind, facts.Lookup));
        Assert.Equal([(5, "c.order.test"), (10, "a.order.test"), (10, "b.order.test")], facts.Hosts.Select(host => (host.Preference, host.Name)));
        Assert.All(facts.Hosts, host => Assert.Equal((LookupOutcome.NoName, LookupOutcome.NoName, 0), (host.V4, host.V6, host.Addresses.Count)));
        Assert.All(MailRules.Hosts(facts, null), host => Assert.Equal((MailDelivery.No, "mx.no-address"), (host.Delivery, host.Reason)));
    }

    [Fact]
    public async Task Without_MX_records_the_domain_itself_is_the_host()
    {
        var facts = await LookAsync("implicit.test");
        Assert.Equal((MxKind.Implicit, LookupOutcome.NoData), (facts.Kind, facts.Lookup));
        Assert.Equal(("implicit.test", 0, "127.0.0.9"), (facts.Hosts.Single().Name, facts.Hosts[0].Preference, facts.Hosts[0].Addresses.Single().Address.ToString()));
    }

    [Theory]
    [InlineData("null.test", "Null", "Answer", "mx.null")]
    [InlineData("empty.test", "None", "NoData", "mx.none")]
    [InlineData("unknown.test", "None", "NoName", "mx.none")]
    [InlineData("broken.test", "Failed", "ServerFailure", "mx.dns")]
    public async Task No_hosts_for_one_reason_or_another(string domain, string kind, string lookup, string code)
    {
        var facts = await LookAsync(domain);
        Assert.Equal((kind, lookup, 0), (facts.Kind.ToString(), facts.Lookup.ToString(), facts.Hosts.Count));
        Assert.Equal([code], MailRules.Judge(facts, null).Advisories.Select(advisory => advisory.Code));
    }

    [Fact]
    public async Task A_null_MX_beside_others_is_told_and_is_no_host()
    {
        var facts = await LookAsync("beside.test");
        Assert.Equal((MxKind.Records, "mx.beside.test"), (facts.Kind, facts.Hosts.Single().Name));
        Assert.Contains("mx.null-beside", MailRules.Judge(facts, null).Advisories.Select(advisory => advisory.Code));
        Assert.Equal(["MX 10 mx.beside.test", "MX 0 ."], MailRules.Judge(facts, null).Steps[0].Evidence);
        Assert.False((await LookAsync("alias.test")).HasNullBeside);
    }

    [Fact]
    public async Task An_alias_is_followed_and_told()
    {
        var host = (await LookAsync("alias.test")).Hosts.Single();
        Assert.Equal(("mx.alias.test", "real.alias.test", "127.0.0.9"), (host.Name, host.Aliases.Single(), host.Addresses.Single().Address.ToString()));
    }

    [Fact]
    public async Task An_address_in_an_MX_record_is_not_looked_up()
    {
        var host = (await LookAsync("address.test")).Hosts.Single();
        Assert.Equal(("192.0.2.1", true, 0), (host.Name, host.IsAddress, host.Addresses.Count));
    }

    [Fact]
    public async Task A_host_in_a_broken_zone_is_a_failure_of_DNS()
    {
        var facts = await LookAsync("elsewhere.test");
        Assert.Equal((LookupOutcome.ServerFailure, LookupOutcome.ServerFailure), (facts.Hosts.Single().V4, facts.Hosts[0].V6));
        Assert.Equal((MailDelivery.Unknown, "mx.dns"), (MailRules.Hosts(facts, null).Single().Delivery, MailRules.Hosts(facts, null).Single().Reason));
    }

    [Fact]
    public async Task Hosts_and_addresses_past_the_limit_are_named_only()
    {
        var facts = await LookAsync("many.test");
        Assert.Equal((MailLook.MostHosts, 2), (facts.Hosts.Count, facts.NotLookedAt.Count));
        Assert.Equal(["mx11.many.test", "mx12.many.test"], facts.NotLookedAt.Select(exchange => exchange.Name));
        Assert.Equal((MailLook.MostAddresses, 2), (facts.Hosts[0].Addresses.Count, facts.Hosts[0].NotLookedAt.Count));
        // In whatever order DNS gives them.
        Assert.Equal(["127.0.0.11", "127.0.0.12", "127.0.0.13", "127.0.0.14"], facts.Hosts[0].Addresses.Select(address => address.Address.ToString()));
        Assert.Equal(12, MailRules.Hosts(facts, null).Count);
    }

    [Fact]
    public async Task Private_addresses_are_not_gone_to()
    {
        await using var server = new StubMailServer(visitor => visitor.SayAsync("554 no\r\n"));
        await using var dns = await BindServer.StartAsync(new Dictionary<string, string?> { ["private.test"] = $"@ MX 10 mx\nmx A {server.Address}\nmx AAAA ::1" });
        var facts = await MailLooking.At(dns, MailLooking.Smtp(), allowPrivate: false).LookAsync("private.test", SeenWithin.Now, Cancel);
        Assert.Equal([MailEnd.NotAllowed, MailEnd.NotAllowed], facts.Hosts.Single().Addresses.Select(address => address.End));
        Assert.Equal(0, server.Visits);
    }

    [Fact]
    public async Task The_time_for_all_is_bounded_and_what_is_not_done_is_said()
    {
        await using var server = new StubMailServer(visitor => visitor.SilenceAsync());
        await using var dns = await BindServer.StartAsync(new Dictionary<string, string?> { ["slow.test"] = $"@ MX 10 mx1\n@ MX 20 mx2\nmx1 A {server.Address}\nmx2 A {server.Address}" });
        var facts = await MailLooking.At(dns, MailLooking.Smtp(patience: TimeSpan.FromMinutes(5)), longest: TimeSpan.FromSeconds(2)).LookAsync("slow.test", SeenWithin.Now, Cancel);
        Assert.All(facts.Hosts, host => Assert.Equal(MailEnd.NotLookedAt, host.Addresses.Single().End));
        Assert.Equal((2, 1), (facts.Hosts.Count, server.Visits));
    }

    [Fact]
    public async Task TLSA_records_are_found_and_DNSSEC_is_the_resolvers_word()
    {
        var host = (await LookAsync("dane.test")).Hosts.Single();
        Assert.Equal([$"3 1 1 {new string('a', 64)}"], host.Tlsa.Records);
        Assert.False(host.Tlsa.IsValidated);
        Assert.Equal(LookupOutcome.NoName, (await LookAsync("implicit.test")).Hosts[0].Tlsa.Lookup);
    }

    [Fact]
    public async Task What_another_check_saw_is_looked_at_again_before_TLSA_records_are_said_not_to_fit()
    {
        using var ca = new MailCa();
        var (before, after) = (ca.Issue("mx.dane.test"), ca.Issue("mx.dane.test"));
        var chain = before;
        await using var server = new StubMailServer(visitor => visitor.ServeAsync(chain));
        byte[] tlsa = Tlsa(before);
        await using DnsStub dns = new(query => DnsStubQuery.Validated(query.Type switch
        {
            DnsStubQuery.Mx => query.Answer((query.Name, DnsStubQuery.Mx, DnsStubQuery.MxData(10, "mx.dane.test"))),
            DnsStubQuery.A => query.Answer((query.Name, DnsStubQuery.A, server.Address.GetAddressBytes())),
            DnsStubQuery.Tlsa => query.Answer((query.Name, DnsStubQuery.Tlsa, tlsa)),
            _ => query.Empty(),
        }));
        FakeTimeProvider clock = new(TimeProvider.System.GetUtcNow());
        using var visits = new SmtpVisits(MailLooking.Smtp(ca), clock);
        var look = new MailLook(Resolving.By(dns.Address), new OutboundAddresses(Options.Create(new NetworkOptions { AllowPrivateAddresses = true })), visits, clock);
        Assert.Equal(["dane.present"], await CodesAsync());
        clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(["dane.present"], await CodesAsync());
        Assert.Equal(1, server.Visits);

        // A change of the key as it should be: the new record stood beside the old one before.
        (chain, tlsa) = (after, Tlsa(after));
        Assert.Equal(["dane.present"], await CodesAsync());
        Assert.Equal(2, server.Visits);

        tlsa = Tlsa(before);
        clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(["dane.mismatch"], await CodesAsync());

        async Task<string[]> CodesAsync() =>
            [.. MailRules.Judge(await look.LookAsync("dane.test", SeenWithin.Watch, Cancel), null).Advisories.Select(advisory => advisory.Code)];

        static byte[] Tlsa(string chain)
        {
            using var certificate = X509Certificate2.CreateFromPem(chain);
            return [3, 1, 1, .. SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo())];
        }
    }

    [Fact]
    public async Task A_cancelled_look_throws_only_that()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => MailLooking.At(zones.Server, MailLooking.Smtp()).LookAsync("order.test", SeenWithin.Now, cancelled.Token));
    }

    private Task<MailFacts> LookAsync(string domain) => MailLooking.At(zones.Server, MailLooking.Smtp()).LookAsync(domain, SeenWithin.Now, Cancel);

    public sealed class Zones : IAsyncLifetime
    {
        private BindServer? _server;

        public BindServer Server => _server!;

        public async ValueTask InitializeAsync() => _server = await BindServer.StartAsync(new Dictionary<string, string?>
        {
            ["order.test"] = "@ MX 10 b\n@ MX 10 a\n@ MX 5 C\n@ MX 30 c",
            ["implicit.test"] = "@ A 127.0.0.9",
            ["null.test"] = "@ MX 0 .",
            ["beside.test"] = "@ MX 0 .\n@ MX 10 mx\nmx A 127.0.0.9",
            ["empty.test"] = "@ TXT nothing",
            ["broken.test"] = null,
            ["alias.test"] = "@ MX 10 mx\nmx CNAME real\nreal A 127.0.0.9",
            ["address.test"] = "@ MX 10 192.0.2.1.",
            ["elsewhere.test"] = "@ MX 10 mx.broken.test.",
            ["many.test"] = string.Join('\n', Enumerable.Range(1, 12).Select(number => $"@ MX {number} mx{number}").Concat(Enumerable.Range(1, 6).Select(number => $"mx1 A 127.0.0.{number + 10}"))),
            ["dane.test"] = $"@ MX 10 mx\nmx A 127.0.0.9\n_25._tcp.mx TLSA 3 1 1 {new string('A', 64)}",
        });

        public async ValueTask DisposeAsync() => await Server.DisposeAsync();
    }
}
