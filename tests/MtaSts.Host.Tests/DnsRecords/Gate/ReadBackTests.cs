using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Nodes;
using MtaSts.Host.Policies;
using MtaSts.Host.Tests.Certificates.Overview;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.DnsRecords.Gate;

public sealed class ReadBackTests(PostgresServer postgres)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, BothStores]
    public async Task An_edit_opens_the_gate_without_the_clock_going_on(StoreKind kind)
    {
        await using var app = await HostApp.StartAsync(kind, postgres);
        await app.AddTenantAsync();
        await app.PutDomainAsync("a.example");
        await app.OpensAsync("a.example");

        await app.PutDomainAsync("a.example", maxAge: 700000);
        await app.OpensAsync("a.example");

        var beat = (await app.HeartbeatAsync(app.NodeName()))!;
        var verified = app.Get<ServedPosition>().Verified!;
        Assert.Equal((verified.Epoch, (await app.RowAsync("a.example")).Revision), (beat.Epoch, beat.Revision));
        Assert.Equal($"127.0.0.1:{app.PolicyPort}", beat.PolicyAddresses);
        Assert.Empty(await app.FaultsAsync());
    }

    [Fact]
    public async Task A_listener_on_a_wildcard_is_read_back_by_loopback_and_tells_all_addresses()
    {
        await using var app = await HostApp.StartAsync(settings: ("Kestrel:Endpoints:Policy:Url", "https://*:0"));
        await app.AddTenantAsync();
        await app.PutDomainAsync("a.example");
        await app.OpensAsync("a.example");

        Assert.Contains($"127.0.0.1:{app.PolicyPort}", (await app.HeartbeatAsync(app.NodeName()))!.PolicyAddresses.Split(','));
    }

    [Theory, BothStores]
    public async Task A_missing_certificate_holds_its_own_domain_only_until_it_comes(StoreKind kind)
    {
        await using var apps = new AcmeApps(postgres);
        await using var app = await apps.StartAsync(kind);
        await app.AddTenantAsync();
        await app.PutDomainAsync("without.example");
        await app.PutDomainAsync("with.example");
        await AddCertificateAsync(app, "with.example", app.Clock.GetUtcNow().AddDays(-1), app.Clock.GetUtcNow().AddDays(89));

        await app.OpensAsync("with.example");
        await app.HoldsAsync("without.example", "waiting.certificate");
        var fault = Assert.Single(await app.FaultsAsync());
        Assert.Equal((app.NodeName(), (await app.RowAsync("without.example")).Id, "certificate.none"), (fault.Node, fault.DomainId, fault.Code));

        await app.PutDomainAsync("with.example", maxAge: 700000);
        await app.OpensAsync("with.example");

        // Told by the vault, not found by the clock.
        await AddCertificateAsync(app, "without.example", app.Clock.GetUtcNow().AddDays(-1), app.Clock.GetUtcNow().AddDays(89));
        await app.OpensAsync("without.example");
        Assert.Empty(await app.FaultsAsync());
    }

    [Fact]
    public async Task A_certificate_that_no_sender_takes_is_as_good_as_none()
    {
        await using var apps = new AcmeApps(postgres);
        await using var app = await apps.StartAsync();
        await app.AddTenantAsync();
        var now = app.Clock.GetUtcNow();
        await AddCertificateAsync(app, "expired.example", now.AddDays(-90), now.AddMinutes(-1));
        await AddCertificateAsync(app, "early.example", now.AddMinutes(1), now.AddDays(90));
        await AddCertificateAsync(app, "name.example", now.AddDays(-1), now.AddDays(89), "mta-sts.other.example");
        // It has the name as its common name only.
        await AcmeApps.AddCertificateAsync(app, "common.example", now.AddDays(-1), now.AddDays(89));
        foreach (var (domain, code) in new[] { ("expired.example", "certificate.expired"), ("early.example", "certificate.expired"), ("name.example", "certificate.name"), ("common.example", "certificate.name") })
        {
            await app.PutDomainAsync(domain);
            await app.HoldsAsync(domain, "waiting.certificate");
            var id = (await app.RowAsync(domain)).Id;
            Assert.Equal(code, (await app.FaultsAsync()).Single(fault => fault.DomainId == id).Code);
        }

        // Its time comes, and it is looked at again.
        await app.OpensAsync("early.example", moving: app);
    }

    [Fact]
    public async Task The_fault_of_a_domain_that_is_removed_goes()
    {
        await using var apps = new AcmeApps(postgres);
        await using var app = await apps.StartAsync();
        await app.AddTenantAsync();
        await app.PutDomainAsync("a.example");
        await app.HoldsAsync("a.example", "waiting.certificate");

        (await app.Admin.CallAsync("DELETE", "domains/a.example?now=true")).Is(HttpStatusCode.NoContent);
        await Eventually.TrueAsync(async () => (await app.FaultsAsync()).Count == 0, () => "the fault has gone");
    }

    [Fact]
    public async Task A_damaged_row_holds_its_id_while_the_text_before_is_served_on()
    {
        await using var app = await HostApp.StartAsync(services: services => services.RemoveAll<Microsoft.Extensions.Logging.ILoggerProvider>());
        await app.AddTenantAsync();
        await app.PutDomainAsync("damaged.example");
        await app.OpensAsync("damaged.example");
        await app.Get<Store>().WriteAsync(
            async write =>
            {
                var row = await write.Db.Domains.SingleAsync(Cancel);
                (row.Mx, row.PolicyId, row.Revision, row.Version) = ("not a pattern", "20990101000000000", write.Revision, row.Version + 1);
                return true;
            },
            Cancel);

        await app.HoldsAsync("damaged.example", "policy.damaged");

        await app.PutDomainAsync("damaged.example", maxAge: 700000);
        await app.OpensAsync("damaged.example");
    }

    [Theory, BothStores]
    public async Task At_start_only_what_is_not_live_in_DNS_is_read_back(StoreKind kind)
    {
        using var folder = new TestFolder();
        await using var apps = new AcmeApps(postgres);
        var database = kind == StoreKind.PostgreSql ? await postgres.CreateDatabaseAsync() : null;
        (string, string?)[] publishes = [("ConnectionStrings:Store", database), ("Dns:Publisher", "PowerDns"), ("Dns:Zone", "sts.example"), ("Dns:PowerDns:Url", "http://127.0.0.1:1"), ("Dns:PowerDns:ApiKey", "unused")];
        await using (var app = await apps.StartAsync(kind, folder.Path, publishes))
        {
            await app.AddTenantAsync();
            foreach (var domain in new[] { "live.example", "edited.example", "new.example" })
            {
                await app.PutDomainAsync(domain);
            }

            await LiveAsync(app, "live.example");
            await LiveAsync(app, "edited.example");
            await app.PutDomainAsync("edited.example", maxAge: 700000);
        }

        // None of them has a certificate: what is read back stands as a fault.
        await using var again = await apps.StartAsync(kind, folder.Path, publishes);
        await again.HoldsAsync("edited.example", "waiting.certificate");
        await again.HoldsAsync("new.example", "waiting.certificate");
        await again.OpensAsync("live.example");
    }

    [Fact]
    public async Task A_clean_stop_takes_row_and_faults_away_and_a_store_that_is_away_does_not_stop_it()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var apps = new AcmeApps(postgres);
        await using var witness = await HostApp.StartAsync(StoreKind.PostgreSql, connectionString: database);
        string name;
        await using (var app = await HostApp.StartAsync(StoreKind.PostgreSql, connectionString: database))
        {
            name = app.NodeName();
            Assert.NotNull(await witness.HeartbeatAsync(name));
            await app.Get<Store>().WriteAsideAsync(
                db =>
                {
                    db.NodeFaults.Add(new NodeFault { Node = name, DomainId = 1, Code = "https.text", Reason = "" });
                    return Task.CompletedTask;
                },
                Cancel);
        }

        Assert.Null(await witness.HeartbeatAsync(name));
        Assert.Empty(await witness.FaultsAsync());

        using var logs = new RecordedLogs();
        using var folder = new TestFolder();
        var path = Path.Combine(folder.Path, "mtasts.db");
        await using (var alone = await HostApp.StartAsync(connectionString: $"Data Source={path}", services: services => services.AddSingleton<Microsoft.Extensions.Logging.ILoggerProvider>(logs), settings: ("Logging:LogLevel:Default", "Warning")))
        {
            File.Move(path, path + ".away");
        }

        Assert.Contains(logs.Lines, line => line.Contains("could not say goodbye", StringComparison.Ordinal));
    }

    [Fact]
    public void A_node_registers_before_it_loads_and_says_goodbye_after_its_listeners_have_closed()
    {
        using var folder = new TestFolder();
        using var app = (IDisposable)ServiceHost.Build([$"--Data:Directory={folder.Path}"]);
        var order = ((IHost)app).Services.GetServices<IHostedService>().Select(service => service.GetType().Name).ToList();

        // Hosted services start in this order, one after the other, and stop in the opposite one.
        Assert.Equal(["StoreStart", "NodeHeartbeats", "PolicyLoader", "GenericWebHostService"], order.Where(name => name is "StoreStart" or "NodeHeartbeats" or "PolicyLoader" or "GenericWebHostService"));
    }

    [Fact]
    public async Task Only_who_asks_is_told_which_node_answers()
    {
        await using var app = await HostApp.StartAsync();
        await app.AddTenantAsync();
        await app.PutDomainAsync("a.example");
        await app.FetchPolicyAsync("a.example");
        using var client = app.PolicyClient();
        using var plain = await client.GetAsync(new Uri("https://mta-sts.a.example/.well-known/mta-sts.txt"), Cancel);
        Assert.False(plain.Headers.Contains(PolicyEndpoint.NodeHeader));

        client.DefaultRequestHeaders.Add(PolicyEndpoint.NodeHeader, "who");
        using var asked = await client.GetAsync(new Uri("https://mta-sts.a.example/.well-known/mta-sts.txt"), Cancel);
        Assert.Equal(app.NodeName(), Assert.Single(asked.Headers.GetValues(PolicyEndpoint.NodeHeader)));
    }

    private static async Task AddCertificateAsync(HostApp app, string domain, DateTimeOffset notBefore, DateTimeOffset notAfter, string? name = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=of a test", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name ?? $"mta-sts.{domain}");
        request.CertificateExtensions.Add(names.Build());
        using var leaf = request.CreateSelfSigned(notBefore, notAfter);
        await AcmeApps.PutAsync(app, $"mta-sts.{domain}", leaf.RawData, key, notBefore, notAfter);
    }

    // What the publisher would have written.
    private static async Task LiveAsync(HostApp app, string domain)
    {
        var row = await app.RowAsync(domain);
        await app.Get<Store>().WriteAsideAsync(
            db =>
            {
                db.DnsRecords.Add(new DnsRecordStatus
                {
                    Name = $"{row.Label}._mta-sts.sts.example",
                    Type = "TXT",
                    DomainId = row.Id,
                    Published = $"\"v=STSv1; id={row.PolicyId};\"",
                    State = DnsRecordState.Live,
                });
                return Task.CompletedTask;
            },
            Cancel);
    }
}
