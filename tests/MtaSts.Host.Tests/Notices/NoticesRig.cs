using System.Net;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Notices;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Notices;

/// <summary>A service whose events are put in by the test and told when the test says so; its names lead to loopback, and its clock jumps.</summary>
internal sealed class NoticesRig : IAsyncDisposable
{
    public const string Tenant = "acme";

    private NoticesRig(HostApp app, SettableClock clock, DnsStub dns)
    {
        (App, Clock, Dns) = (app, clock, dns);
    }

    public HostApp App { get; }

    public SettableClock Clock { get; }

    public DnsStub Dns { get; }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<NoticesRig> StartAsync(
        StoreKind kind = StoreKind.Sqlite,
        PostgresServer? postgres = null,
        string? connection = null,
        SettableClock? clock = null,
        Func<DnsStubQuery, byte[]?>? dns = null,
        Action<IServiceCollection>? services = null,
        bool isSecond = false,
        params (string Key, string? Value)[] settings)
    {
        clock ??= new SettableClock(TimeProvider.System.GetUtcNow());
        var stub = new DnsStub(dns ?? (query => query.Type == DnsStubQuery.A ? query.Answer((query.Name, DnsStubQuery.A, [127, 0, 0, 1])) : query.Empty()));
        var app = await HostApp.StartAsync(
            kind,
            postgres,
            connection,
            clock: clock,
            services: own =>
            {
                own.Without<NoticeLoop>();
                services?.Invoke(own);
            },
            settings: [("Network:AllowPrivateAddresses", "true"), ("Dns:Resolvers", stub.Address), .. settings]);
        if (!isSecond)
        {
            await app.AddTenantAsync(Tenant);
        }

        return new NoticesRig(app, clock, stub);
    }

    /// <returns>The answer of the PUT.</returns>
    public async Task<JsonElement> PutAsync(object body, string path = $"tenants/{Tenant}/notices")
    {
        var answer = await App.Admin.CallAsync("PUT", path, body);
        Assert.True(answer.Status is HttpStatusCode.OK or HttpStatusCode.Created, answer.Text);
        return answer.Json;
    }

    /// <summary>With a webhook at the receiver.</summary>
    /// <returns>The secret.</returns>
    public async Task<string> PutWebhookAsync(WebhookReceiver receiver, string tenant = Tenant) =>
        (await PutAsync(new { webhook = new { url = Url(receiver) } }, $"tenants/{tenant}/notices")).GetProperty("webhook").GetProperty("secret").GetString()!;

    public static string Url(WebhookReceiver receiver) => $"http://hooks.test:{receiver.Port}/taking?key=of-the-url";

    /// <summary>Members of the first channel, or of the one with this address.</summary>
    public async Task<JsonElement> DeliveryAsync(string? address = null, string path = $"tenants/{Tenant}/notices")
    {
        var all = (await App.Admin.GetAnswerAsync(path)).Is(HttpStatusCode.OK).Json.GetProperty("delivery").EnumerateArray();
        return all.First(one => address is null || one.GetProperty("address").GetString() == address);
    }

    public async Task<List<string>> AddAsync(
        AdvisoryEventKind kind = AdvisoryEventKind.Added, AdvisorySeverity severity = AdvisorySeverity.Error, bool isEnforced = false, int count = 1, string domain = "example.com",
        string tenant = Tenant, string code = "mx.not-in-policy", string subject = "mx.example.net", string message = "No pattern covers mx.example.net.")
    {
        await using var db = Store.Open();
        var tenantId = await db.Tenants.Where(row => row.Name == tenant).Select(row => row.Id).SingleAsync(Cancel);
        var rows = Enumerable.Range(0, count).Select(number => new AdvisoryEvent
        {
            DomainId = domain.Length,
            Domain = domain,
            TenantId = tenantId,
            At = Clock.GetUtcNow(),
            Kind = kind,
            Code = code,
            Subject = count == 1 ? subject : $"{number}.{subject}",
            Severity = severity,
            Message = message,
            IsEnforced = isEnforced,
        }).ToList();
        await Store.WriteAsideAsync(
            writing =>
            {
                writing.AdvisoryEvents.AddRange(rows);
                return Task.CompletedTask;
            },
            Cancel);
        return rows.ConvertAll(row => $"evt_{row.Id}");
    }

    /// <summary>What is wrong with a domain of the tenant at present, told before.</summary>
    public async Task AddPresentAsync(string domain, AdvisorySeverity severity)
    {
        await App.PutDomainAsync(domain, Tenant);
        await Store.WriteAsideAsync(
            async db => db.DomainAdvisories.Add(new DomainAdvisory
            {
                DomainId = await db.Domains.Where(row => row.Name == domain).Select(row => row.Id).SingleAsync(Cancel),
                Code = "mx.not-in-policy",
                Subject = "mx.example.net",
                Severity = severity,
                Message = "No pattern covers it.",
                FirstSeenAt = Clock.GetUtcNow(),
                LastSeenAt = Clock.GetUtcNow(),
                ToldAt = Clock.GetUtcNow(),
            }),
            Cancel);
    }

    public Store Store => App.Services.GetRequiredService<Store>();

    /// <summary>Time goes by, and then all that is due is tried.</summary>
    public Task RunAsync(TimeSpan later = default)
    {
        Clock.SleptFor += later;
        return App.Services.GetRequiredService<NoticeRounds>().RunAsync(Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        await Dns.DisposeAsync();
    }
}
