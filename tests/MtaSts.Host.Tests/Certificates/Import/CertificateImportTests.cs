using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using MtaSts.Host.Certificates;
using MtaSts.Host.Certificates.Import;
using MtaSts.Host.Certificates.Issuing;
using MtaSts.Host.Commands;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Certificates.Import;

/// <summary>What an import does to the store.</summary>
public sealed class CertificateImportTests(PostgresServer postgres) : IDisposable
{
    private const string Host = "mta-sts.example.com";

    private readonly TestFolder _data = new();
    private readonly ImportFolders _folders = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _folders.Dispose();
        _data.Dispose();
    }

    [Theory]
    [BothStores]
    internal async Task The_certificate_that_lasts_longest_is_stored_with_its_job_which_orders_nothing_before_its_time(StoreKind kind)
    {
        await using var services = await StoreAsync(kind);
        _folders.Write("a.pem", _folders.Issue(Host, notAfter: ImportFolders.Now.AddDays(70)));
        var best = _folders.Write("b.pem", _folders.Issue($"{Host} mta-sts.second.example"));
        _folders.Write("c.pem", _folders.Issue(Host, notAfter: ImportFolders.Now.AddDays(-1)));
        _folders.Write("d.pem", _folders.Issue("mta-sts.ended.example", notAfter: ImportFolders.Now.AddDays(-1)));

        var results = await ImportAsync(services);

        Assert.Equal(
            ["mta-sts.ended.example Failed d.pem", $"{Host} Imported b.pem", "mta-sts.second.example Imported b.pem"],
            results.Select(result => $"{result.Host} {result.Outcome} {result.File}"));
        await using var db = services.GetRequiredService<Store>().Open();
        Assert.Equal(2, await db.Certificates.CountAsync(Cancel));
        var row = await db.Certificates.SingleAsync(each => each.HostName == Host, Cancel);
        Assert.Equal(CertificateOrigin.Imported, row.Origin);
        Assert.Equal(best.RawData, row.Leaf);
        Assert.Equal(_folders.Intermediate.RawData, row.Issuers);
        Assert.Equal((best.NotBefore.ToUniversalTime(), best.NotAfter.ToUniversalTime()), (row.NotBefore.UtcDateTime, row.NotAfter.UtcDateTime));
        using var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(services.GetRequiredService<KeySealing>().Open(row.SealedKey, HostCertificate.SealingPurpose(Host)), out _);
        Assert.Equal(best.PublicKey.ExportSubjectPublicKeyInfo(), key.ExportSubjectPublicKeyInfo());
        var job = await db.CertificateJobs.SingleAsync(each => each.HostName == Host, Cancel);
        var dates = new CertificateDates(row.NotBefore, row.NotAfter);
        Assert.Equal((JobState.Idle, job.RenewAt), (job.State, job.DueAt));
        Assert.InRange(job.DueAt, RenewalPlan.RenewAt(dates, 1), RenewalPlan.RenewAt(dates, 0));

        Assert.All(await ImportAsync(services), result => Assert.NotEqual(ImportOutcome.Imported, result.Outcome));
        Assert.Equal(row.Id, (await db.Certificates.SingleAsync(each => each.HostName == Host, Cancel)).Id);
    }

    [Theory]
    [InlineData(100, CertificateOrigin.Acme, false, ImportOutcome.Kept)]
    [InlineData(100, CertificateOrigin.Acme, true, ImportOutcome.Replaced)]
    [InlineData(100, CertificateOrigin.LocalCa, false, ImportOutcome.Replaced)]
    [InlineData(20, CertificateOrigin.Acme, false, ImportOutcome.Replaced)]
    [InlineData(20, CertificateOrigin.Imported, false, ImportOutcome.Replaced)]
    internal async Task A_stored_certificate_that_lasts_longer_stays_unless_it_is_to_be_replaced(int storedDays, CertificateOrigin origin, bool mayReplace, ImportOutcome outcome)
    {
        await using var services = await StoreAsync();
        await StoreRowAsync(services, storedDays, origin);
        var leaf = _folders.Write("a.pem", _folders.Issue(Host));

        Assert.Equal(outcome, Assert.Single(await ImportAsync(services, mayReplace, isDry: true)).Outcome);
        await using var db = services.GetRequiredService<Store>().Open();
        byte[] before = [7];
        Assert.Equal(before, (await db.Certificates.SingleAsync(Cancel)).Leaf);
        Assert.Equal(outcome, Assert.Single(await ImportAsync(services, mayReplace)).Outcome);
        Assert.Equal(outcome == ImportOutcome.Kept ? before : leaf.RawData, (await db.Certificates.SingleAsync(Cancel)).Leaf);
    }

    [Fact]
    public async Task A_wildcard_is_stored_for_domains_that_are_hosted_here()
    {
        await using var services = await StoreAsync();
        await services.GetRequiredService<Store>().WriteAsideAsync(
            db =>
            {
                db.Tenants.Add(new Tenant { Name = "acme", DisplayName = "" });
                db.Domains.Add(new HostedDomain { Name = "example.com", Tenant = db.Tenants.Local.Single(), Label = "label", Mx = "mx.example.com", PolicyId = "1" });
                return Task.CompletedTask;
            },
            Cancel);
        _folders.Write("a.pem", _folders.Issue("*.example.com *.example.net"));

        Assert.Equal([Host], (await ImportAsync(services)).Select(result => result.Host));
    }

    [Fact]
    public async Task An_order_under_way_is_left_to_its_worker()
    {
        await using var services = await StoreAsync();
        var now = TimeProvider.System.GetUtcNow();
        await services.GetRequiredService<Store>().WriteAsideAsync(
            db =>
            {
                db.CertificateJobs.Add(new CertificateJob { HostName = Host, State = JobState.Running, OrderUrl = "https://ca.example/1", LeaseOwner = "worker", LeaseUntil = now.AddMinutes(5) });
                db.CertificateJobs.Add(new CertificateJob { HostName = "mta-sts.free.example", State = JobState.DnsWait, ReasonCode = "host.no-address", DueAt = now });
                return Task.CompletedTask;
            },
            Cancel);
        _folders.Write("a.pem", _folders.Issue($"{Host} mta-sts.free.example"));

        Assert.All(await ImportAsync(services), result => Assert.Equal(ImportOutcome.Imported, result.Outcome));
        await using var db = services.GetRequiredService<Store>().Open();
        var jobs = await db.CertificateJobs.ToDictionaryAsync(job => job.HostName, Cancel);
        Assert.Equal((JobState.Running, "https://ca.example/1"), (jobs[Host].State, jobs[Host].OrderUrl));
        Assert.Equal((JobState.Idle, null), (jobs["mta-sts.free.example"].State, jobs["mta-sts.free.example"].ReasonCode));
    }

    private async Task<ServiceProvider> StoreAsync(StoreKind kind = StoreKind.Sqlite)
    {
        string[] store = kind == StoreKind.Sqlite ? [] : ["--Data:Provider=PostgreSql", $"--ConnectionStrings:Store={await postgres.CreateDatabaseAsync()}"];
        var services = StoreServices.Build([$"--Data:Directory={_data.Path}", .. store]);
        await StoreMigrator.MigrateAsync(services.GetRequiredService<Store>(), Cancel);
        return services;
    }

    private Task<IReadOnlyList<ImportResult>> ImportAsync(ServiceProvider services, bool mayReplace = false, bool isDry = false) =>
        services.GetRequiredService<CertificateImport>().RunAsync(_folders.Read().Candidates, mayReplace, isDry, Cancel);

    private static Task StoreRowAsync(ServiceProvider services, int days, CertificateOrigin origin) => services.GetRequiredService<Store>().WriteAsideAsync(
        db =>
        {
            db.Certificates.Add(new StoredCertificate { HostName = Host, Leaf = [7], Issuers = [], SealedKey = [], NotAfter = ImportFolders.Now.AddDays(days), Origin = origin });
            return Task.CompletedTask;
        },
        Cancel);
}
