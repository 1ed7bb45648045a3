using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using MtaSts.Host.Certificates.Preflight;
using MtaSts.Host.Listeners;
using MtaSts.Host.Lookups;
using MtaSts.Host.Lookups.Caa;
using MtaSts.Host.Tests.Lookups;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Certificates.Preflight;

/// <summary>The whole look, with BIND for DNS and servers on loopback for the world.</summary>
public sealed class HostPreflightTests(HostPreflightTests.World world) : IClassFixture<HostPreflightTests.World>
{
    private const string Account = "https://ca.example/acct/1";

    private static readonly CaaIssuer Ca = new(["ca.example"], Account, ["http-01", "tls-alpn-01"]);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_delegated_name_passes_on_the_echo_alone()
    {
        var report = await LookAsync("good.test");
        Assert.Equal(("", true), (Codes(report), report.Passed));
        Assert.Equal(["label.host.provider.test"], report.Chain);
        Assert.Equal([world.Node.Address], report.Addresses);
        // What the CAA records at the CNAME's target allow of ours; those of the tenant's apex would refuse.
        Assert.Equal(["tls-alpn-01"], report.Challenges);
    }

    [Fact]
    public async Task The_request_is_the_one_that_a_CA_makes()
    {
        await LookAsync("good.test");
        Assert.Contains(world.Node.Requests, request => request.StartsWith("GET mta-sts.good.test /.well-known/acme-challenge/mtasts-preflight-", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Another_node_may_answer()
    {
        var report = await LookAsync("two.test");
        Assert.True(report.Passed);
        Assert.Equal(2, report.Addresses.Count);
    }

    [Theory]
    [InlineData("stranger.test", "echo.other", "with status 200")] // knows the path, and not the secret
    [InlineData("reflects.test", "echo.other", "with status 200")] // sends back the token
    [InlineData("moved.test", "echo.other", "with status 302")]
    [InlineData("endless.test", "echo.other", "with status 200")]
    [InlineData("garbage.test", "echo.other", "not as this service does")]
    [InlineData("closed.test", "echo.unreachable", "takes no HTTP connection")]
    [InlineData("hangsup.test", "echo.unreachable", "takes no HTTP connection")]
    [InlineData("silent.test", "echo.timeout", "in time")]
    [InlineData("mixed.test", "echo.other", "with status 200")] // one address ours, one not
    public async Task What_does_not_echo_is_not_ours(string domain, string code, string message)
    {
        var report = await LookAsync(domain, patience: domain == "silent.test" ? TimeSpan.FromSeconds(1) : null);
        Assert.Equal((code, false), (Codes(report), report.Passed));
        Assert.Contains(message, report.Findings[0].Message, StringComparison.Ordinal);
        Assert.DoesNotContain(world.Node.Address.ToString() + " ", report.Findings[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Known_addresses_decide_and_the_echo_only_advises()
    {
        var hairpin = await LookAsync("closed.test", ours: world.Closed);
        Assert.True(hairpin.Passed);
        Assert.Equal((PreflightCodes.EchoUnreachable, PreflightSeverity.Warning), (hairpin.Findings[0].Code, hairpin.Findings[0].Severity));

        var before = world.Stranger.Requests.Count;
        var strange = await LookAsync("mixed.test", ours: world.Node.Address);
        Assert.Equal((PreflightCodes.AddressNotOurs, false), (Codes(strange), strange.Passed));
        Assert.Contains(world.Stranger.Address.ToString(), strange.Findings[0].Message, StringComparison.Ordinal);
        Assert.Equal(before, world.Stranger.Requests.Count);
    }

    [Fact]
    public async Task A_wrong_AAAA_is_noticed_although_IPv4_works()
    {
        var report = await LookAsync("six.test", ours: world.Node.Address);
        Assert.Equal(PreflightCodes.AddressNotOurs, Codes(report));
        Assert.Contains("2001:db8::bad", report.Findings[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Private_addresses_are_told_and_never_connected_to()
    {
        var report = await LookAsync("private.test", allowPrivate: false);
        Assert.Equal((PreflightCodes.AddressPrivate, false), (Codes(report), report.Passed));
        Assert.Contains(world.Node.Address.ToString(), report.Findings[0].Message, StringComparison.Ordinal);
        Assert.DoesNotContain(world.Node.Requests, request => request.Contains("private.test", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("nothing.test", "host.nxdomain", "mta-sts.nothing.test does not exist")]
    [InlineData("gone.test", "host.nxdomain", "leads by CNAME to old.host.provider.test, which does not exist")]
    [InlineData("textonly.test", "host.no-address", "neither A nor AAAA")]
    [InlineData("broken.test", "dns.servfail", "(A, AAAA, CAA)")]
    [InlineData("round.test", "dns.cname-loop", "lead back")]
    [InlineData("crowd.test", "address.too-many", "17 addresses")]
    [InlineData("refusing.test", "caa.refuses", "add `mta-sts.refusing.test. CAA 0 issue \"ca.example\"`")]
    [InlineData("account.test", "caa.account", Account)]
    [InlineData("critical.test", "caa.critical", "\"future\"")]
    public async Task Each_fault_has_its_code_and_says_what_to_do(string domain, string code, string message)
    {
        var report = await LookAsync(domain);
        Assert.Equal((code, false), (Codes(report), report.Passed));
        Assert.Contains(message, report.Findings[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_with_umlauts_passes()
    {
        var report = await LookAsync("bücher.test");
        Assert.True(report.Passed, Codes(report));
        Assert.Equal("mta-sts.xn--bcher-kva.test", report.PolicyHost);
    }

    [Fact]
    public async Task Several_faults_are_told_at_once()
    {
        var report = await LookAsync("several.test");
        Assert.Equal("echo.other, caa.refuses", Codes(report));
    }

    [Fact]
    public async Task Nothing_is_remembered_from_one_look_to_the_next()
    {
        var answer = false;
        await using DnsStub stub = new(query => query.Type == DnsStubQuery.A && Volatile.Read(ref answer) ? query.Answer((query.Name, DnsStubQuery.A, world.Node.Address.GetAddressBytes())) : query.Empty());
        var preflight = Preflight(Resolving.By(stub.Address));
        Assert.True(MailDomain.TryParse("later.test", out var domain, out _));
        Assert.Equal(PreflightCodes.HostNoAddress, Codes(await preflight.LookAsync(domain, Ca, Cancel)));
        Volatile.Write(ref answer, true);
        Assert.True((await preflight.LookAsync(domain, Ca, Cancel)).Passed);
    }

    [Fact]
    public async Task Whoever_asked_may_give_up()
    {
        using CancellationTokenSource giveUp = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        await using DnsStub stub = new(_ =>
        {
            giveUp.Cancel();
            return null;
        });
        Assert.True(MailDomain.TryParse("later.test", out var domain, out _));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Preflight(Resolving.By(stub.Address)).LookAsync(domain, Ca, giveUp.Token));
    }

    private Task<PreflightReport> LookAsync(string name, IPAddress? ours = null, bool allowPrivate = true, TimeSpan? patience = null)
    {
        Assert.True(MailDomain.TryParse(name, out var domain, out _));
        return Preflight(Resolving.By(world.Dns.Address), ours, allowPrivate, patience).LookAsync(domain, Ca, Cancel);
    }

    // Time enough on a busy machine, where no test waits for its end.
    private HostPreflight Preflight(Resolver resolver, IPAddress? ours = null, bool allowPrivate = true, TimeSpan? patience = null)
    {
        var reached = Options.Create(new PublicOptions { HttpPort = world.Port, Addresses = ours?.ToString() ?? "" });
        var outbound = new OutboundAddresses(Options.Create(new NetworkOptions { AllowPrivateAddresses = allowPrivate }));
        return new HostPreflight(resolver, outbound, new EchoProbe(world.NewNode(), outbound, reached) { Patience = patience ?? TimeSpan.FromMinutes(1) }, reached);
    }

    private static string Codes(PreflightReport report) => string.Join(", ", report.Findings.Select(finding => finding.Code));

    public sealed class World : IAsyncLifetime
    {
        private readonly byte[] _secret = RandomNumberGenerator.GetBytes(32);
        private readonly List<IAsyncDisposable> _servers = [];

        internal BindServer Dns { get; private set; } = null!;

        internal EchoServer Node { get; private set; } = null!;

        internal EchoServer Stranger { get; private set; } = null!;

        internal IPAddress Closed { get; } = LoopbackAddress.Next();

        internal int Port => Node.Port;

        internal PreflightEcho NewNode() => new(() => _secret, TimeProvider.System);

        public async ValueTask InitializeAsync()
        {
            var here = NewNode();
            Node = await StartAsync(context => AnswerAsync(context, here));
            var there = NewNode();
            var second = await StartAsync(context => AnswerAsync(context, there));
            var elsewhere = new PreflightEcho(() => new byte[32], TimeProvider.System);
            Stranger = await StartAsync(context => context.Response.WriteAsync(elsewhere.TryAnswer(elsewhere.NewToken(), out var body) ? body : ""));
            var reflecting = await StartAsync(context => context.Response.WriteAsync(context.Request.Path.Value!.Split('/')[^1]));
            var moving = await StartAsync(context =>
            {
                // To where the answer would be right: a redirect means that something stands in between.
                context.Response.Redirect($"http://{Node.Address}:{Port}{context.Request.Path}");
                return Task.CompletedTask;
            });
            var endless = await StartAsync(async context =>
            {
                while (!context.RequestAborted.IsCancellationRequested)
                {
                    await context.Response.WriteAsync(new string('x', 4096), context.RequestAborted);
                }
            });
            var silent = Add(new RawServer(Port, null));
            var garbage = Add(new RawServer(Port, "SSH-2.0-OpenSSH_9.2p1\r\n"));
            var hangingUp = Add(new RawServer(Port, ""));
            Dns = await BindServer.StartAsync(new Dictionary<string, string?>
            {
                ["provider.test"] = $"""
                    @ CAA 0 issue "parent-of-target.example"
                    label.host A {Node.Address}
                    label.host CAA 0 issue "ca.example; accounturi={Account}; validationmethods=tls-alpn-01,dns-01"
                    bare.host A {Node.Address}
                    """,
                ["good.test"] = "@ CAA 0 issue \"other.example\"\nmta-sts CNAME label.host.provider.test.",
                ["xn--bcher-kva.test"] = "mta-sts CNAME bare.host.provider.test.",
                ["two.test"] = $"mta-sts A {Node.Address}\nmta-sts A {second.Address}",
                ["stranger.test"] = $"mta-sts A {Stranger.Address}",
                ["mixed.test"] = $"mta-sts A {Node.Address}\nmta-sts A {Stranger.Address}",
                ["reflects.test"] = $"mta-sts A {reflecting.Address}",
                ["moved.test"] = $"mta-sts A {moving.Address}",
                ["endless.test"] = $"mta-sts A {endless.Address}",
                ["silent.test"] = $"mta-sts A {silent.Address}",
                ["garbage.test"] = $"mta-sts A {garbage.Address}",
                ["hangsup.test"] = $"mta-sts A {hangingUp.Address}",
                ["closed.test"] = $"mta-sts A {Closed}",
                ["six.test"] = $"mta-sts A {Node.Address}\nmta-sts AAAA 2001:db8::bad",
                ["private.test"] = $"mta-sts A {Node.Address}",
                ["nothing.test"] = "",
                ["gone.test"] = "mta-sts CNAME old.host.provider.test.",
                ["textonly.test"] = "mta-sts TXT \"nothing to see\"",
                ["broken.test"] = null,
                ["round.test"] = "mta-sts CNAME mta-sts2\nmta-sts2 CNAME mta-sts",
                ["crowd.test"] = string.Join('\n', Enumerable.Range(1, 17).Select(number => $"mta-sts A 127.9.9.{number}")),
                ["refusing.test"] = $"@ CAA 0 issue \";\"\nmta-sts A {Node.Address}",
                ["account.test"] = $"@ CAA 0 issue \"ca.example; accounturi=https://ca.example/acct/2\"\nmta-sts CNAME bare.host.provider.test.",
                ["critical.test"] = $"@ CAA 128 future \"x\"\nmta-sts A {Node.Address}",
                ["several.test"] = $"@ CAA 0 issue \"other.example\"\nmta-sts A {Stranger.Address}",
            });
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var server in _servers)
            {
                await server.DisposeAsync();
            }

            if (Dns is not null)
            {
                await Dns.DisposeAsync();
            }
        }

        private async Task<EchoServer> StartAsync(RequestDelegate answer) => Add(await EchoServer.StartAsync(Node?.Port ?? FreePort.Next(), answer));

        private T Add<T>(T server)
            where T : IAsyncDisposable
        {
            _servers.Add(server);
            return server;
        }

        private static Task AnswerAsync(HttpContext context, PreflightEcho echo)
        {
            if (echo.TryAnswer(context.Request.Path.Value!.Split('/')[^1], out var body))
            {
                return context.Response.WriteAsync(body);
            }

            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }
    }
}
