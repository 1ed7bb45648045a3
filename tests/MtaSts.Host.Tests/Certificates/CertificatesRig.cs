using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;
using MtaSts.Host.Certificates;
using MtaSts.Host.Certificates.LocalCa;
using MtaSts.Host.Data;
using MtaSts.Host.Listeners;
using MtaSts.Host.Nodes;
using MtaSts.Host.Policies;

namespace MtaSts.Host.Tests.Certificates;

/// <summary>Certificates on a real store in a folder of its own, with a real Kestrel when asked; policies are put in by hand.</summary>
internal sealed class CertificatesRig : IAsyncDisposable
{
    private readonly string? _ownFolder;
    private readonly MeterListener _listener = new();
    private long _unknownNames;

    private CertificatesRig(WebApplication app, string folder, bool isOwnFolder, LogLines log)
    {
        App = app;
        Folder = folder;
        Log = log;
        _ownFolder = isOwnFolder ? folder : null;
        var counter = app.Services.GetRequiredService<TlsMetrics>().UnknownNames;
        _listener.SetMeasurementEventCallback<long>((_, count, _, _) => Interlocked.Add(ref _unknownNames, count));
        _listener.EnableMeasurementEvents(counter);
    }

    public WebApplication App { get; }

    public string Folder { get; }

    public LogLines Log { get; }

    public PublishedPolicies Published => Get<PublishedPolicies>();

    public CertificateVault Vault => Get<CertificateVault>();

    public string RootPath => Path.Combine(Folder, "local-ca.pem");

    public int Port => new Uri(App.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port;

    /// <summary>What the counter of refused names stands at.</summary>
    public long UnknownNames => Interlocked.Read(ref _unknownNames);

    public static string NewFolder() => Directory.CreateTempSubdirectory("mtasts-tls-").FullName;

    /// <param name="folder">Null: a new one, deleted at the end.</param>
    /// <param name="beforeStart">Sees the services before anything runs.</param>
    /// <param name="clock">Null: the real one.</param>
    /// <param name="settings">Further keys and values.</param>
    public static async Task<CertificatesRig> StartAsync(
        string? folder = null, Action<IServiceProvider>? beforeStart = null, TimeProvider? clock = null, params (string Key, string Value)[] settings)
    {
        var path = folder ?? NewFolder();
        var log = new LogLines();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Data:Directory"] = path,
            ["Kestrel:Endpoints:Policy:Url"] = "https://127.0.0.1:0",
        });
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)));
        builder.Logging.SetMinimumLevel(LogLevel.Debug).AddProvider(log);
        if (clock is not null)
        {
            builder.Services.AddSingleton(clock);
        }

        builder.Services.AddData();
        builder.Services.AddSingleton<NodeIdentity>();
        builder.Services.AddHostedService<StoreStart>();
        builder.Services.AddSingleton<PublishedPolicies>();
        builder.Services.AddCertificates(builder.Configuration);
        builder.AddListeners(TlsSetup.UsePolicyTls);
        var app = builder.Build();
        app.UsePolicies();
        var rig = new CertificatesRig(app, path, folder is null, log);
        beforeStart?.Invoke(app.Services);
        try
        {
            await app.StartAsync();
        }
        catch
        {
            await rig.DisposeAsync();
            throw;
        }

        return rig;
    }

    public static void Publish(IServiceProvider services, string domain) =>
        services.GetRequiredService<PublishedPolicies>().Set(domain, new PublishedPolicy(1, 1, "version: STSv1\r\n"u8.ToArray(), new StringValues("\"1\"")));

    public T Get<T>()
        where T : notnull => App.Services.GetRequiredService<T>();

    public async Task<HostCertificate> PublishAsync(string domain)
    {
        Publish(App.Services, domain);
        HostCertificate? certificate = null;
        await UntilAsync(() => Vault.TryGet("mta-sts." + domain, out certificate));
        return certificate!;
    }

    /// <summary>Those in the store, in the order in which they came there.</summary>
    public List<string> Hosts()
    {
        using var db = Get<Store>().Open();
        return [.. db.Certificates.OrderBy(row => row.Id).Select(row => row.HostName)];
    }

    /// <summary>A cache for tests that make no handshake.</summary>
    public static HotCertificates NoHot() =>
        new(_ => throw new InvalidOperationException(), 1, new TlsMetrics(new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>()));

    public Task SavedAsync() => UntilAsync(() => Get<LateSaving>().Count == 0);

    public static async Task UntilAsync(Func<bool> condition)
    {
        using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!condition())
        {
            await Task.Delay(5, bound.Token);
        }
    }

    public void TakeStoreAway() => File.Move(Path.Combine(Folder, "mtasts.db"), Path.Combine(Folder, "away.db"));

    public void BringStoreBack() => File.Move(Path.Combine(Folder, "away.db"), Path.Combine(Folder, "mtasts.db"));

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await App.DisposeAsync();
        if (_ownFolder is not null)
        {
            Directory.Delete(_ownFolder, recursive: true);
        }
    }
}
