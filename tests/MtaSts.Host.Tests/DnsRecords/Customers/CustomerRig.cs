using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.DnsRecords;
using MtaSts.Host.Tests.Lookups;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.DnsRecords.Customers;

/// <summary>The service beside a BIND that holds the customer's zone, which the test changes as its owner would.</summary>
internal sealed class CustomerRig : IAsyncDisposable
{
    public const string Zone = "sts.provider.test";
    public const string Domain = "customer.test";

    private readonly UpdateKey _key;
    private BindServer? _bind;

    private CustomerRig(BindServer bind, UpdateKey key, HostApp app, RecordedLogs logs) => (_bind, _key, App, Logs) = (bind, key, app, logs);

    public HostApp App { get; }

    public RecordedLogs Logs { get; }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<CustomerRig> StartAsync(StoreKind kind = StoreKind.Sqlite, PostgresServer? postgres = null, string zone = Zone, string? directory = null, bool publishes = true)
    {
        var key = UpdateKey.Create("customer") with { Zones = [Domain] };
        var bind = await BindServer.StartAsync(new Dictionary<string, string?> { [Domain] = "", ["other.test"] = "web A 198.51.100.1" }, key);
        var logs = new RecordedLogs();
        var app = await HostApp.StartAsync(
            kind,
            postgres,
            directory: directory,
            services: services =>
            {
                services.AddSingleton<ILoggerProvider>(logs);
                if (!publishes)
                {
                    // The test writes the rows.
                    services.Without<PublishUpkeep>();
                }

                // The servers of the test's zones are not at port 53.
                Authorities.Use(services, bind.EndPoint.Port);
            },
            settings: [("Dns:Zone", zone), ("Dns:Resolvers", bind.Address), ("Public:Addresses", "192.0.2.10, 2001:db8::10"), ("Network:AllowPrivateAddresses", "true"), ("Logging:LogLevel:MtaSts.Host.DnsRecords.Customers", "Information")]);
        await app.AddTenantAsync();
        // The first round of the watch may be late: it is not to meet what a test does.
        await Eventually.TrueAsync(
            async () =>
            {
                await using var db = app.Services.GetRequiredService<Store>().Open();
                return await db.JobLeases.AnyAsync(lease => lease.Name == "customer-looks" && lease.Owner == null, Cancel);
            },
            () => "the watch has looked around");
        return new CustomerRig(bind, key, app, logs);
    }

    public string Resolver => _bind!.Address;

    /// <summary>Lines as nsupdate knows them, names relative to the customer's zone: `add mta-sts A 192.0.2.10`, `delete mta-sts`.</summary>
    public Task UpdateAsync(params string[] lines) => Nsupdate.SendAsync(
        _bind!.EndPoint, _key, Domain, lines.Select(line => line.Split(' ', 3)).Select(parts => $"{parts[0]} {parts[1]}.{Domain}.{(parts.Length == 2 ? "" : $" 60 {parts[2]}")}"));

    public async Task TakeDnsAwayAsync()
    {
        await _bind!.DisposeAsync();
        _bind = null;
    }

    public async Task<string> LabelAsync()
    {
        await using var db = App.Services.GetRequiredService<Store>().Open();
        return await db.Domains.Where(row => row.Name == Domain).Select(row => row.Label).SingleAsync(Cancel);
    }

    public async Task<CustomerLook?> LookAsync()
    {
        await using var db = App.Services.GetRequiredService<Store>().Open();
        return await db.CustomerLooks.SingleOrDefaultAsync(Cancel);
    }

    /// <summary>The record with the id in the provider's zone, as the loop that publishes would leave it.</summary>
    public async Task PublishAsync(string id, DnsRecordState state, string? code = null, string? observed = null)
    {
        var name = $"{await LabelAsync()}._mta-sts.{Zone}";
        var text = $"\"v=STSv1; id={id};\"";
        var now = App.Clock.GetUtcNow();
        await App.Services.GetRequiredService<Store>().WriteAsideAsync(
            async db => db.DnsRecords.Add(new DnsRecordStatus
            {
                Name = name,
                Type = "TXT",
                Ttl = 300,
                DomainId = await db.Domains.Where(row => row.Name == Domain).Select(row => row.Id).SingleAsync(Cancel),
                Wanted = text,
                Offered = text,
                Published = text,
                State = state,
                Since = now,
                DueAt = now.AddDays(1),
                Code = code,
                Reason = code,
                Observed = observed,
            }),
            Cancel);
    }

    /// <summary>`published.dns` of the domain: id and state.</summary>
    public async Task<(string? Id, string? State, DateTimeOffset Since)> PublishedAsync()
    {
        var dns = (await App.Admin.GetAnswerAsync($"domains/{Domain}")).Json.GetProperty("published").GetProperty("dns");
        return (dns.GetProperty("policyId").GetString(), dns.GetProperty("state").GetString(), dns.GetProperty("since").GetDateTimeOffset());
    }

    /// <summary>`name TYPE state code,code` of each item, names relative.</summary>
    public async Task<string[]> RecordsAsync() => [.. (await App.Admin.GetAnswerAsync($"domains/{Domain}/records")).Json.GetProperty("items").EnumerateArray().Select(Line)];

    public async Task<JsonElement> RecordAsync(string name, string type) => (await App.Admin.GetAnswerAsync($"domains/{Domain}/records")).Json.GetProperty("items").EnumerateArray()
        .Single(item => item.GetProperty("name").GetString() == $"{name}.{Domain}" && item.GetProperty("type").GetString() == type);

    /// <summary>Past the time for which an answer is repeated.</summary>
    public void PassRepeat() => App.Clock.Advance(TimeSpan.FromSeconds(11));

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        if (_bind is not null)
        {
            await _bind.DisposeAsync();
        }
    }

    private static string Line(JsonElement item) =>
        $"{item.GetProperty("name").GetString()!.Replace("." + Domain, "", StringComparison.Ordinal)} {item.GetProperty("type").GetString()} {item.GetProperty("state").GetString()} {string.Join(',', item.GetProperty("problems").EnumerateArray().Select(problem => problem.GetProperty("code").GetString()))}".TrimEnd();
}
