using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using MtaSts.Host.Access;
using MtaSts.Host.Api;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.DnsRecords.Customers;
using MtaSts.Host.Domains;
using MtaSts.Host.Listeners;
using MtaSts.Host.Lookups;
using MtaSts.Host.Nodes;
using MtaSts.Host.Tests.Lookups;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Domains;

/// <summary>Removals in a time that a test makes: editor, loop and a publisher that is slow, on a store of a service whose own clock stands still.</summary>
internal sealed class RemovalRig : IAsyncDisposable
{
    private const string Zone = "sts.provider.example";

    private static readonly Caller Provider = new("test", ApiRole.Admin, null, null);

    private readonly HostApp _app;
    private readonly IOptions<DnsOptions> _dns;
    private readonly HashSet<string> _announcing = [];
    private readonly LoggerFactory _logs;
    private readonly DomainRecords _records;
    private Tenant? _tenant;

    private RemovalRig(HostApp app, DnsPublisherKind publisher)
    {
        _app = app;
        _dns = Options.Create(new DnsOptions { Zone = Zone, Publisher = publisher });
        Clock = new SettableClock(app.Clock.GetUtcNow());
        Store = new Store(app.Services.GetRequiredService<Func<HostDbContext>>(), new StoreHealth(Clock), Clock);
        _logs = new LoggerFactory([Logs]);
        Editor = new DomainEditor(Store, NullLogger<DomainEditor>.Instance);
        _records = new DomainRecords(
            app.Services.GetRequiredService<CustomerLooks>(), Store, _dns, app.Services.GetRequiredService<IOptions<PublicOptions>>(), app.Services.GetRequiredService<IConfiguration>(), Clock, NullLogger<DomainRecords>.Instance);
    }

    public SettableClock Clock { get; }

    public Store Store { get; }

    public DomainEditor Editor { get; }

    public RemovalUpkeep Node { get; private set; } = null!;

    public RecordedLogs Logs { get; } = new();

    public DateTimeOffset Now => Clock.GetUtcNow();

    /// <param name="kind">Of the store.</param>
    /// <param name="postgres">Where that is PostgreSQL.</param>
    /// <param name="publisher">Who would write the provider's zone.</param>
    /// <param name="bind">Resolver and server of customers' zones; null: nobody answers.</param>
    public static async Task<RemovalRig> StartAsync(StoreKind kind, PostgresServer postgres, DnsPublisherKind publisher = DnsPublisherKind.Rfc2136, BindServer? bind = null)
    {
        var app = bind is null ? await HostApp.StartAsync(kind, postgres) : await HostApp.StartAsync(
            kind,
            postgres,
            services: services =>
            {
                // It would look by the service's own clock.
                services.Without<CustomerWatch>();
                Authorities.Use(services, bind.EndPoint.Port);
            },
            settings: [("Dns:Resolvers", bind.Address), ("Network:AllowPrivateAddresses", "true")]);
        var rig = new RemovalRig(app, publisher);
        await app.AddTenantAsync();
        await using var db = rig.Store.Open();
        rig._tenant = await db.Tenants.SingleAsync(TestContext.Current.CancellationToken);
        await rig.RestartAsync();
        return rig;
    }

    /// <summary>As a process that starts anew: it knows what the store knows.</summary>
    public async Task RestartAsync()
    {
        Node?.Dispose();
        var storeTime = new StoreTime(Store, Clock);
        await storeTime.StartAsync(TestContext.Current.CancellationToken);
        var look = _app.Services.GetRequiredService<AuthoritativeLook>();
        Node = new RemovalUpkeep(
            new RemovalSteps(Store, Editor, look, new PublishedIds(_dns), _dns, Clock), new TrustedClock(Store, storeTime, Clock, new Logger<TrustedClock>(_logs)), new Leases(Store, Clock), Clock, NullLogger<RemovalUpkeep>.Instance);
    }

    public async Task<HostedDomain> PutAsync(string name, StsMode mode, int maxAge)
    {
        Assert.True(MailDomain.TryParse(name, out var domain, out _));
        Assert.True(MxPattern.TryParse("mail.example.com", out var pattern, out _));
        var policy = new StsPolicy(mode, [pattern], maxAge);
        var edit = await Editor.PutAsync(
            Provider, domain, _tenant!, new DomainInput(policy, null, null), IfMatch.Of(new DefaultHttpContext().Request), new Clearance(policy, [], null), TestContext.Current.CancellationToken);
        Assert.Null(edit.Problem);
        return await ServedAsync(edit.Domain!);
    }

    public async Task<HostedDomain> RemoveAsync(string name)
    {
        var row = (await FindAsync(name))!;
        return await ServedAsync((await Editor.RemoveAsync(Provider, row.Id, now: false, IfMatch.Of(new DefaultHttpContext().Request), TestContext.Current.CancellationToken)).Domain!);
    }

    // As the gate says when every node serves the edit: what was before it ends.
    private async Task<HostedDomain> ServedAsync(HostedDomain row)
    {
        await new VersionClosing(Store, _app.Services.GetRequiredService<NodeIdentity>(), new ServedPosition(), Clock).CloseBeforeAsync([(row.Id, row.Version)], TestContext.Current.CancellationToken);
        return row;
    }

    public async Task<HostedDomain?> FindAsync(string name)
    {
        await using var db = Store.Open();
        return await db.Domains.SingleOrDefaultAsync(row => row.Name == name, TestContext.Current.CancellationToken);
    }

    /// <summary>Looks at the customers' zones that are due.</summary>
    /// <returns>How many they were.</returns>
    public async Task<int> LookAsync()
    {
        using var watch = new CustomerWatch(_records, _app.Services.GetRequiredService<CustomerLooks>(), new Leases(Store, Clock), Store, Clock, NullLogger<CustomerWatch>.Instance);
        return await watch.LookAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Of the TXT record of each domain.</summary>
    public async Task<Dictionary<long, DnsRecordStatus>> RecordsAsync()
    {
        await using var db = Store.Open();
        return await db.DnsRecords.ToDictionaryAsync(row => row.DomainId, TestContext.Current.CancellationToken);
    }

    /// <summary>Time goes by, and this node lives through it.</summary>
    public async Task PassAsync(TimeSpan time)
    {
        Clock.Advance(time);
        await BeatAsync();
    }

    public Task BeatAsync() => Store.WriteAsideAsync(
        async db =>
        {
            if (await db.NodeHeartbeats.Where(beat => beat.Node == "sim").ExecuteUpdateAsync(set => set.SetProperty(beat => beat.At, Now)) == 0)
            {
                db.NodeHeartbeats.Add(new NodeHeartbeat { Node = "sim", Epoch = "", At = Now });
            }
        },
        TestContext.Current.CancellationToken);

    /// <summary>What is wanted is out a call later, and what is not is gone a call later.</summary>
    public Task PublishAsync() => Store.WriteAsideAsync(
        async db =>
        {
            var rows = await db.Domains.AsNoTracking().ToListAsync();
            var records = await db.DnsRecords.AsTracking().ToListAsync();
            foreach (var row in rows.Where(row => row.IsServed && row.RecordEndedAt is null))
            {
                var text = $"\"{StsRecord.Write(row.PolicyId)}\"";
                var record = records.Find(candidate => candidate.DomainId == row.Id);
                if (record is null)
                {
                    record = new DnsRecordStatus { Name = $"{row.Label}._mta-sts.{Zone}", Type = "TXT", DomainId = row.Id };
                    db.DnsRecords.Add(record);
                }

                record.Wanted = text;
                if (record.Published == text)
                {
                    record.State = DnsRecordState.Live;
                }
                else if (_announcing.Add(text))
                {
                    record.State = DnsRecordState.Verifying;
                }
                else
                {
                    (record.State, record.Published, record.PublishedAt) = (DnsRecordState.Live, text, Now);
                }
            }

            foreach (var record in records.Where(record => !rows.Exists(row => row.Id == record.DomainId && row.IsServed && row.RecordEndedAt is null)))
            {
                if (record.State == DnsRecordState.Removing)
                {
                    db.DnsRecords.Remove(record);
                }

                (record.Wanted, record.State) = (null, DnsRecordState.Removing);
            }
        },
        TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        Node.Dispose();
        _records.Dispose();
        Store.Dispose();
        _logs.Dispose();
        await _app.DisposeAsync();
    }
}
