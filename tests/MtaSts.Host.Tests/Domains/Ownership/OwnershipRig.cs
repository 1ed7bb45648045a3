using System.Net;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using MtaSts.Host.Checks;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.DnsRecords.Customers;
using MtaSts.Host.Domains;
using MtaSts.Host.Domains.Ownership;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Domains.Ownership;

/// <summary>The service with a zone to delegate to, customers' DNS, and tenants with a key each.</summary>
internal sealed class OwnershipRig : IAsyncDisposable
{
    private readonly Dictionary<string, HttpClient> _tenants = [];

    private OwnershipRig(HostApp app, CustomerDns dns, SettableClock clock) => (App, Dns, Clock) = (app, dns, clock);

    public HostApp App { get; }

    public CustomerDns Dns { get; }

    public SettableClock Clock { get; }

    public static async Task<OwnershipRig> StartAsync(StoreKind kind = StoreKind.Sqlite, PostgresServer? postgres = null, Action<CustomerDns>? prepare = null, IEditGuard? guard = null, params (string, string?)[] settings)
    {
        CustomerDns dns = new();
        SettableClock clock = new(TimeProvider.System.GetUtcNow());
        try
        {
            prepare?.Invoke(dns);
            return new OwnershipRig(await HostApp.StartAsync(kind, postgres, clock: clock, services: services => Use(services, dns, guard), settings: [.. dns.Settings, .. settings]), dns, clock);
        }
        catch
        {
            await dns.DisposeAsync();
            throw;
        }
    }

    private static void Use(IServiceCollection services, CustomerDns dns, IEditGuard? guard)
    {
        dns.Use(services);
        // It asks the same servers.
        services.Without<CustomerWatch>();
        if (guard is not null)
        {
            services.Without<AnnouncementUpkeep>().Replace(ServiceDescriptor.Singleton(guard));
        }
    }

    /// <summary>A client with the key of a tenant, who is made at first.</summary>
    public async Task<HttpClient> TenantAsync(string name)
    {
        if (!_tenants.TryGetValue(name, out var client))
        {
            await App.AddTenantAsync(name);
            client = App.Client(await App.AddKeyAsync(name, "editor"));
            _tenants.Add(name, client);
        }

        return client;
    }

    /// <summary>The tenant adds the domain, which waits for its proof.</summary>
    public async Task<Pending> AddAsync(string tenant, string domain, string mode = "testing", int maxAge = 604800)
    {
        var client = await TenantAsync(tenant);
        var answer = (await client.CallAsync("PUT", $"domains/{domain}", ApiCalls.Put(null, mode, maxAge, $"mail.{tenant}.example"))).Is(HttpStatusCode.Created);
        Assert.Equal("pending", answer.Member("state"));
        return new Pending(client, domain, answer.Json);
    }

    /// <summary>The tenant asks for a look; ten seconds after the one before.</summary>
    public async Task<ApiAnswer> LookAsync(Pending pending)
    {
        App.Clock.Advance(OwnershipCheck.Between);
        return await pending.Client.CallAsync("POST", $"domains/{pending.Domain}/verification");
    }

    /// <summary>The loop looks at all that is due.</summary>
    public async Task LookAtDueAsync(TimeSpan later)
    {
        Clock.SleptFor += later;
        await LookAtDueAsync();
    }

    /// <summary>The same without any time that passes.</summary>
    public async Task LookAtDueAsync()
    {
        var upkeep = App.Services.GetServices<Microsoft.Extensions.Hosting.IHostedService>().OfType<OwnershipUpkeep>().Single();
        // The service's own loop may have the lease, and may have done it already.
        await Eventually.TrueAsync(async () => !await upkeep.RoundAsync(TestContext.Current.CancellationToken) && !await IsDueAsync(), () => $"nothing is due and nobody looks any more; it is {App.Clock.GetUtcNow():O}, {StandsAsync().GetAwaiter().GetResult()}");
    }

    public async Task<DomainProof> ProofAsync(Pending pending)
    {
        await using var db = App.Services.GetRequiredService<Store>().Open();
        return await db.DomainProofs.SingleAsync(proof => db.Domains.Any(row => row.Id == proof.DomainId && row.Label == pending.Label), TestContext.Current.CancellationToken);
    }

    /// <summary>Of the audit lines that the tenant sees of the domain, newest first.</summary>
    public async Task<string[]> AuditAsync(string tenant, string domain) => (await (await TenantAsync(tenant)).GetAnswerAsync($"audit?domain={domain}")).Is(HttpStatusCode.OK).Items("action");

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _tenants.Values)
        {
            client.Dispose();
        }

        await App.DisposeAsync();
        await Dns.DisposeAsync();
    }

    private async Task<string> StandsAsync()
    {
        await using var db = App.Services.GetRequiredService<Store>().Open();
        var proofs = await db.DomainProofs.ToListAsync(TestContext.Current.CancellationToken);
        var leases = await db.JobLeases.ToListAsync(TestContext.Current.CancellationToken);
        return string.Join("; ", proofs.Select(proof => $"{proof.DomainId} {proof.Kind} {proof.Code} looked {proof.LookedAt:O} next {proof.NextLookAt:O}").Concat(leases.Select(lease => $"{lease.Name} {lease.Owner} {lease.Until:O}")));
    }

    private async Task<bool> IsDueAsync()
    {
        var now = App.Clock.GetUtcNow();
        await using var db = App.Services.GetRequiredService<Store>().Open();
        return await db.DomainProofs.AnyAsync(proof => proof.NextLookAt <= now && db.Domains.Any(row => row.Id == proof.DomainId), TestContext.Current.CancellationToken)
            || await db.JobLeases.AnyAsync(lease => lease.Name == "ownership" && lease.Owner != null, TestContext.Current.CancellationToken);
    }
}

/// <summary>A domain as its tenant sees it.</summary>
internal sealed record Pending(HttpClient Client, string Domain, JsonElement Json)
{
    public string Label => Txt.GetProperty("value").GetString()!;

    public string Target => Json.GetProperty("verification").GetProperty("cname").GetProperty("value").GetString()!;

    public string AliasName => $"_mta-sts.{Domain}";

    public string TextName => Txt.GetProperty("name").GetString()!;

    private JsonElement Txt => Json.GetProperty("verification").GetProperty("txt");

    public async Task<ApiAnswer> GetAsync() => (await Client.GetAnswerAsync($"domains/{Domain}")).Is(HttpStatusCode.OK);
}
