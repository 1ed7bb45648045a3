using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using MtaSts.Host.Certificates;
using MtaSts.Host.Certificates.Acme;
using MtaSts.Host.Certificates.Issuing;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.DnsRecords;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Certificates.Overview;

/// <summary>
/// Services with `Certificates:Source=Acme` in which nothing is issued by itself: jobs and certificates are rows that the test puts in. One for
/// each kind of store, shared by the tests of a class.
/// </summary>
public sealed class AcmeApps(PostgresServer postgres) : IAsyncDisposable
{
    public const string Directory = "https://main.ca.example/directory";
    public const string Fallback = "https://fallback.ca.example/directory";
    public const string Staging = "https://staging.ca.example/directory";

    private readonly Dictionary<StoreKind, HostApp> _apps = [];
    private int _names;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async Task<HostApp> GetAsync(StoreKind kind)
    {
        if (!_apps.TryGetValue(kind, out var app))
        {
            _apps.Add(kind, app = await StartAsync(kind));
            await app.AddTenantAsync();
        }

        return app;
    }

    /// <summary>A service of the test's own.</summary>
    public Task<HostApp> StartAsync(StoreKind kind = StoreKind.Sqlite, params (string Key, string? Value)[] settings) => StartAsync(kind, null, settings);

    public Task<HostApp> StartAsync(StoreKind kind, string? directory, params (string Key, string? Value)[] settings) => HostApp.StartAsync(
        kind,
        postgres,
        directory: directory,
        services: services => services.Without<IssuanceUpkeep>().Without<JobIntake>().Without<PublishUpkeep>().Without<AccountUpkeep>(),
        settings:
        [
            ("Certificates:Source", "Acme"),
            ("Acme:AcceptTermsOfService", "true"),
            ("Acme:DirectoryUrl", Directory),
            ("Acme:StagingDirectoryUrl", Staging),
            ("Acme:Fallback:DirectoryUrl", Fallback),
            .. settings,
        ]);

    public string NewDomain() => $"d{Interlocked.Increment(ref _names):d4}.example";

    /// <summary>A domain of the tenant `acme` with a job.</summary>
    internal async Task<string> AddAsync(HostApp app, Action<CertificateJob>? change = null)
    {
        var domain = NewDomain();
        await app.PutDomainAsync(domain);
        await SetJobAsync(app, domain, change ?? (_ => { }));
        return domain;
    }

    internal static Task SetJobAsync(HostApp app, string domain, Action<CertificateJob> change) => app.Services.GetRequiredService<Store>().WriteAsideAsync(
        async db =>
        {
            var host = $"mta-sts.{domain}";
            var job = await db.CertificateJobs.AsTracking().SingleOrDefaultAsync(row => row.HostName == host, Cancel);
            if (job is null)
            {
                db.CertificateJobs.Add(job = JobRules.New(host, app.Clock.GetUtcNow(), 0));
            }

            change(job);
        },
        Cancel);

    internal static async Task<CertificateJob> JobAsync(HostApp app, string domain)
    {
        await using var db = app.Services.GetRequiredService<Store>().Open();
        return await db.CertificateJobs.SingleAsync(row => row.HostName == $"mta-sts.{domain}", Cancel);
    }

    /// <summary>A certificate in the store and in service, with these dates in its row.</summary>
    internal static async Task<X509Certificate2> AddCertificateAsync(HostApp app, string domain, DateTimeOffset notBefore, DateTimeOffset notAfter, Action<StoredCertificate>? change = null)
    {
        var host = $"mta-sts.{domain}";
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var leaf = new CertificateRequest($"CN={host}", key, HashAlgorithmName.SHA256).CreateSelfSigned(notBefore, notAfter);
        await PutAsync(app, host, leaf.RawData, key, notBefore, notAfter, change);
        return leaf;
    }

    internal static async Task PutAsync(
        HostApp app, string host, byte[] leaf, AsymmetricAlgorithm key, DateTimeOffset notBefore, DateTimeOffset notAfter, Action<StoredCertificate>? change = null)
    {
        var row = new StoredCertificate
        {
            HostName = host,
            Leaf = leaf,
            Issuers = [],
            SealedKey = app.Services.GetRequiredService<KeySealing>().Seal(key.ExportPkcs8PrivateKey(), HostCertificate.SealingPurpose(host)),
            NotBefore = notBefore,
            NotAfter = notAfter,
            CreatedAt = app.Clock.GetUtcNow(),
            Origin = CertificateOrigin.Acme,
            Directory = Directory,
            AccountUrl = "https://main.ca.example/account/1",
        };
        change?.Invoke(row);
        await app.Services.GetRequiredService<Store>().WriteAsideAsync(
            async db =>
            {
                await db.Certificates.Where(other => other.HostName == host).ExecuteDeleteAsync(Cancel);
                db.Certificates.Add(row);
            },
            Cancel);
        app.Services.GetRequiredService<CertificateVault>().Set(new HostCertificate(host, leaf, [], row.SealedKey, notBefore, notAfter, row.Id));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var app in _apps.Values)
        {
            await app.DisposeAsync();
        }
    }
}
