using MtaSts.Testing;

namespace MtaSts.Host.Tests;

/// <summary>One service for each kind of store, started at first use and shared by the tests of a class: they take names of their own.</summary>
public sealed class SharedApps(PostgresServer postgres) : IAsyncDisposable
{
    private readonly Dictionary<StoreKind, HostApp> _apps = [];
    private int _names;

    public async Task<HostApp> GetAsync(StoreKind kind)
    {
        // The tests of one class run one after the other.
        if (!_apps.TryGetValue(kind, out var app))
        {
            app = await HostApp.StartAsync(kind, postgres);
            _apps.Add(kind, app);
        }

        return app;
    }

    /// <summary>A service with a new tenant.</summary>
    public async Task<(HostApp App, string Tenant)> WithTenantAsync(StoreKind kind)
    {
        var app = await GetAsync(kind);
        var tenant = NewName();
        await app.AddTenantAsync(tenant);
        return (app, tenant);
    }

    public string NewName() => $"n{Interlocked.Increment(ref _names)}";

    public async ValueTask DisposeAsync()
    {
        foreach (var app in _apps.Values)
        {
            await app.DisposeAsync();
        }
    }
}
