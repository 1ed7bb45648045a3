using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.DnsRecords.Gate;
using MtaSts.Host.Nodes;
using MtaSts.Host.Policies;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.DnsRecords.Gate;

/// <summary>Two services on one store, each with a clock of its own.</summary>
public sealed class ServingGateTests(PostgresServer postgres) : IAsyncDisposable
{
    private readonly TestFolder _folder = new();
    private readonly TestFolder _firstFolder = new();
    private readonly TestFolder _secondFolder = new();
    private readonly RecordedLogs _logs = new();
    private StoreKind _kind;
    private string? _database;
    private HostApp? _first;
    private HostApp? _second;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private HostApp First => _first!;

    private HostApp Second => _second!;

    [Theory, BothStores]
    public async Task An_edit_waits_for_the_node_that_has_not_loaded_it(StoreKind kind)
    {
        await StartAsync(kind);
        await First.PutDomainAsync("a.example", maxAge: 700000);

        // The first one serves it: it is the second one that is waited for.
        GateHold? hold = null;
        await Eventually.TrueAsync(
            async () => (hold = await First.HoldAsync("a.example"))?.Reason.Contains(Second.NodeName(), StringComparison.Ordinal) == true,
            () => $"the second node holds, not {hold}");
        Assert.Equal("node.behind", hold!.Code);
        Assert.Equal((2, 1), (First.VersionOf("a.example"), Second.VersionOf("a.example")));

        await First.OpensAsync("a.example", moving: Second);
        Assert.Equal(2, Second.VersionOf("a.example"));
    }

    [Theory, BothStores]
    public async Task A_silent_node_that_answers_with_the_old_text_is_waited_for_as_long_as_it_does(StoreKind kind)
    {
        await StartAsync(kind);
        await First.PutDomainAsync("a.example", maxAge: 700000);
        await PassAsync(TimeSpan.FromSeconds(40));
        await First.HoldsAsync("a.example", "node.old-text");

        await PassAsync(TimeSpan.FromMinutes(20));
        await First.HoldsAsync("a.example", "node.old-text");
        Assert.NotNull(await First.HeartbeatAsync(Second.NodeName()));
        Assert.DoesNotContain(_logs.Lines, line => line.Contains("taken for dead", StringComparison.Ordinal));
        await First.HealthIsDegradedByAsync("nodes");

        // It wakes up, loads, and beats by its own clock, which is far behind now: what it answers counts, not its clock.
        await First.OpensAsync("a.example", moving: Second);
    }

    [Theory, BothStores]
    public async Task A_silent_node_that_answers_with_the_present_text_counts_as_serving(StoreKind kind)
    {
        await StartAsync(kind);
        await First.PutDomainAsync("a.example", maxAge: 700000);
        // It loads, and its beats are lost.
        await Second.Services.GetServices<IHostedService>().OfType<PolicyLoader>().Single().LoadAsync(Cancel);
        Assert.Equal(2, Second.VersionOf("a.example"));
        await SetHeartbeatAsync(Second.NodeName(), row => row.Revision = 1);
        await First.HoldsAsync("a.example", "node.behind");

        await PassAsync(TimeSpan.FromSeconds(40));
        await First.OpensAsync("a.example");
    }

    [Theory, BothStores]
    public async Task A_node_that_was_killed_is_waited_for_five_minutes_and_told_of_once(StoreKind kind)
    {
        await StartAsync(kind);
        var killed = await Second.KillAsync(First);
        _second = null;
        await First.PutDomainAsync("a.example", maxAge: 700000);
        await First.HoldsAsync("a.example", "node.behind");

        await PassAsync(TimeSpan.FromSeconds(40));
        await First.HoldsAsync("a.example", "node.silent");
        await PassAsync(TimeSpan.FromSeconds(200));
        Assert.Equal("node.silent", (await First.HoldAsync("a.example"))?.Code);

        await PassAsync(TimeSpan.FromSeconds(80));
        await First.OpensAsync("a.example");
        Assert.Null(await First.HeartbeatAsync(killed.Node));
        await First.PutDomainAsync("a.example", maxAge: 800000);
        await First.OpensAsync("a.example");
        Assert.Single(_logs.Lines, line => line.Contains("taken for dead", StringComparison.Ordinal) && line.StartsWith("Warning", StringComparison.Ordinal));
    }

    [Theory, BothStores]
    public async Task A_node_that_was_killed_and_comes_back_is_waited_for_until_it_has_loaded(StoreKind kind)
    {
        await StartAsync(kind);
        var killed = await Second.KillAsync(First);
        _second = null;
        await First.PutDomainAsync("a.example", maxAge: 700000);
        await First.HoldsAsync("a.example", "node.behind");

        _second = await StartNodeAsync(_secondFolder);
        Assert.Equal(killed.Node, Second.NodeName());
        await First.OpensAsync("a.example");
        Assert.Equal(2, Second.VersionOf("a.example"));
    }

    [Fact]
    public async Task Another_node_at_the_address_of_a_dead_one_does_not_answer_for_it()
    {
        await StartAsync(StoreKind.Sqlite);
        await Second.KillAsync(First);
        _second = null;
        // As every machine has a 127.0.0.1: the first node answers there, with the present text.
        var dead = (await NodesAsync()).Single(row => row.Node != First.NodeName());
        await SetHeartbeatAsync(dead.Node, row => row.PolicyAddresses = $"127.0.0.1:{First.PolicyPort}");
        await First.PutDomainAsync("a.example", maxAge: 700000);

        await PassAsync(TimeSpan.FromSeconds(40));
        await First.HoldsAsync("a.example", "node.silent");
        await PassAsync(TimeSpan.FromSeconds(280));
        await First.OpensAsync("a.example");
    }

    [Fact]
    public async Task A_node_that_says_goodbye_is_not_waited_for()
    {
        await StartAsync(StoreKind.PostgreSql);
        await Second.DisposeAsync();
        _second = null;
        await First.PutDomainAsync("a.example", maxAge: 700000);
        await First.OpensAsync("a.example");
    }

    [Theory, BothStores]
    public async Task A_node_that_has_registered_and_not_loaded_yet_is_waited_for(StoreKind kind)
    {
        await StartAsync(kind);
        await Second.DisposeAsync();
        _second = null;
        var gate = new HeldStart();
        var starting = Task.Run(() => StartNodeAsync(_secondFolder, gate), Cancel);
        await gate.Reached.WaitAsync(Cancel);
        try
        {
            await First.PutDomainAsync("a.example", maxAge: 700000);
            await First.HoldsAsync("a.example", "node.starting");
        }
        finally
        {
            gate.GoOn();
            _second = await starting;
        }

        await First.OpensAsync("a.example");
        Assert.Equal(2, Second.VersionOf("a.example"));
    }

    [Fact]
    public async Task A_heartbeat_from_the_future_is_no_sign_of_life()
    {
        await StartAsync(StoreKind.Sqlite);
        await First.PutDomainAsync("a.example", maxAge: 700000);
        await SetHeartbeatAsync(Second.NodeName(), row => row.At = First.Clock.GetUtcNow().AddMinutes(11));
        await First.HoldsAsync("a.example", "node.old-text");
    }

    [Fact]
    public async Task A_node_of_another_epoch_holds()
    {
        await StartAsync(StoreKind.Sqlite);
        await First.OpensAsync("a.example");
        await SetHeartbeatAsync(Second.NodeName(), row => row.Epoch = "another");
        await First.HoldsAsync("a.example", "node.history");
        await SetHeartbeatAsync(Second.NodeName(), row => (row.Epoch, row.Revision) = (First.Get<ServedPosition>().Current!.Epoch, 1_000_000));
        await First.HoldsAsync("a.example", "node.history");
    }

    [Fact]
    public async Task A_fault_of_one_node_holds_its_domain_only()
    {
        await StartAsync(StoreKind.Sqlite);
        await First.PutDomainAsync("b.example");
        await First.OpensAsync("a.example", moving: Second);
        await First.OpensAsync("b.example", moving: Second);
        var id = (await First.RowAsync("a.example")).Id;
        await First.Get<Store>().WriteAsideAsync(
            db =>
            {
                db.NodeFaults.Add(new NodeFault { Node = Second.NodeName(), DomainId = id, Code = "https.text", Reason = "Another text." });
                return Task.CompletedTask;
            },
            Cancel);

        Assert.Equal(new GateHold("https.text", $"Node {Second.NodeName()}: Another text."), await First.HoldAsync("a.example"));
        Assert.Null(await First.HoldAsync("b.example"));
        await Assert.ThrowsAsync<ArgumentException>(async () => (await First.Get<ServingGate>().LookAsync([id], Cancel)).Of(id + 1, 1));
    }

    [Theory, BothStores]
    public async Task A_version_ends_when_the_last_node_serves_a_later_one(StoreKind kind)
    {
        await StartAsync(kind);
        await First.PutDomainAsync("a.example", maxAge: 700000);
        await PassAsync(TimeSpan.FromSeconds(20));

        Assert.Null((await First.VersionAsync("a.example", 1)).ServedUntil);
        var before = await MayBeCachedUntilAsync(1);
        await PassAsync(TimeSpan.FromSeconds(5));
        Assert.Equal(before.AddSeconds(5), await MayBeCachedUntilAsync(1));

        await First.OpensAsync("a.example", moving: Second);
        await Eventually.TrueAsync(
            async () =>
            {
                First.Clock.Advance(Gates.Look);
                return (await First.VersionAsync("a.example", 1)).ServedUntil is not null;
            },
            () => "version 1 is closed");
        var until = (await First.VersionAsync("a.example", 1)).ServedUntil!.Value;
        Assert.Equal(until.AddSeconds(60 + 604800), await MayBeCachedUntilAsync(1), TimeSpan.FromMilliseconds(1));
        Assert.Null((await First.VersionAsync("a.example", 2)).ServedUntil);
    }

    [Fact]
    public async Task A_removal_counts_from_now_while_a_node_may_serve_an_older_version()
    {
        await StartAsync(StoreKind.Sqlite);
        await First.PutDomainAsync("a.example", maxAge: 31557600);
        await First.OpensAsync("a.example", moving: Second);
        (await First.Admin.CallAsync("DELETE", "domains/a.example")).Is(HttpStatusCode.Accepted);
        await PassAsync(TimeSpan.FromSeconds(20));

        var removal = (await First.Admin.GetAnswerAsync("domains/a.example")).Json.GetProperty("removal");
        Assert.Equal(First.Clock.GetUtcNow().AddSeconds(60 + 31557600), removal.GetProperty("recordUntil").GetDateTimeOffset(), TimeSpan.FromMilliseconds(1));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var app in new[] { _second, _first }.OfType<HostApp>())
        {
            await app.DisposeAsync();
        }

        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        foreach (var folder in new[] { _folder, _firstFolder, _secondFolder })
        {
            folder.Dispose();
        }

        _logs.Dispose();
    }

    /// <summary>Both serve version 1 of `a.example`. From then on the second one's clock stands still unless a test moves it.</summary>
    private async Task StartAsync(StoreKind kind)
    {
        _database = kind == StoreKind.PostgreSql ? await postgres.CreateDatabaseAsync() : $"Data Source={Path.Combine(_folder.Path, "mtasts.db")}";
        _kind = kind;
        _first = await StartNodeAsync(_firstFolder);
        _second = await StartNodeAsync(_secondFolder);
        await First.AddTenantAsync();
        await First.PutDomainAsync("a.example");
        await First.OpensAsync("a.example", moving: Second);
    }

    private Task<HostApp> StartNodeAsync(TestFolder folder, HeldStart? held = null) => HostApp.StartAsync(
        _kind,
        connectionString: _database,
        directory: folder.Path,
        settings: ("Logging:LogLevel:Default", "Warning"),
        services: services =>
        {
            services.AddSingleton<ILoggerProvider>(_logs);
            if (held is not null)
            {
                var loader = services.Single(service => service.ImplementationType == typeof(PolicyLoader) && service.ServiceType == typeof(IHostedService));
                services.Insert(services.IndexOf(loader), ServiceDescriptor.Singleton<IHostedService>(held));
            }
        });

    /// <summary>The first node's time goes on in steps, with its beats, while the second one's stands still.</summary>
    private async Task PassAsync(TimeSpan time)
    {
        var step = TimeSpan.FromSeconds(5);
        for (var passed = TimeSpan.Zero; passed < time; passed += step)
        {
            await First.Get<ServingGate>().LookAsync([], Cancel);
            First.Clock.Advance(step);
        }
    }

    private async Task<List<NodeHeartbeat>> NodesAsync()
    {
        await using var db = First.Get<Store>().Open();
        return [.. db.NodeHeartbeats];
    }

    private Task SetHeartbeatAsync(string node, Action<NodeHeartbeat> change) => First.Get<Store>().WriteAsideAsync(
        async db =>
        {
            var row = (await First.HeartbeatAsync(node))!;
            change(row);
            db.NodeHeartbeats.Update(row);
        },
        Cancel);

    private async Task<DateTimeOffset> MayBeCachedUntilAsync(int number) => (await First.Admin.GetAnswerAsync("domains/a.example/versions")).Json.GetProperty("items").EnumerateArray()
        .Single(item => item.GetProperty("number").GetInt32() == number).GetProperty("mayBeCachedUntil").GetDateTimeOffset();

    /// <summary>Stands before the first load of policies.</summary>
    private sealed class HeldStart : IHostedService
    {
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Reached => _reached.Task;

        public void GoOn() => _goOn.SetResult();

        public Task StartAsync(CancellationToken cancellationToken)
        {
            _reached.SetResult();
            return _goOn.Task.WaitAsync(cancellationToken);
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
