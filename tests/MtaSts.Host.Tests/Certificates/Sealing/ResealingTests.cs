using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using MtaSts.Host.Certificates;
using MtaSts.Host.Certificates.Acme;
using MtaSts.Host.Certificates.LocalCa;
using MtaSts.Host.Certificates.Sealing;
using MtaSts.Host.Commands;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Certificates.Sealing;

/// <summary>All sealed keys of a store go over to another sealing key, or are given up.</summary>
public sealed class ResealingTests(PostgresServer postgres) : IDisposable
{
    private const string Host = "mta-sts.example.com";
    private const string Directory = "https://ca.example/directory";

    private readonly TestFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_column_of_sealed_keys_is_in_the_list()
    {
        var columns = typeof(StoredCertificate).Assembly.GetTypes().Where(type => type.Namespace == typeof(StoredCertificate).Namespace)
            .SelectMany(type => type.GetProperties()).Where(property => property.PropertyType == typeof(byte[]) && property.Name.StartsWith("Sealed", StringComparison.Ordinal));

        Assert.Equal(
            columns.Select(property => $"{property.DeclaringType!.Name}.{property.Name}").Order(),
            SealedColumns.All.Select(column => $"{column.Property.DeclaringType!.Name}.{column.Property.Name}").Order());
        Assert.Equal(6, SealedColumns.All.Count);
    }

    [Theory]
    [BothStores]
    internal async Task All_is_sealed_with_the_new_key_and_opens_for_the_same_purpose(StoreKind kind)
    {
        await using var services = await StoreAsync(kind);
        var sealing = services.GetRequiredService<KeySealing>();
        await FillAsync(services);
        var old = sealing.Keys[0].Id;

        var added = services.GetRequiredService<SealingKeyChange>().AddNew();
        var counts = await services.GetRequiredService<SealingKeyChange>().SealAllAgainAsync(Cancel);

        Assert.All(counts, count => Assert.Equal((1, 0, 0), (count.Changed, count.Overtaken, count.Lost)));
        Assert.All(counts, count => Assert.Equal([old], count.ByKey.Keys));
        var after = await services.GetRequiredService<Resealing>().CountAsync(tryToOpen: true, Cancel);
        Assert.All(after, count => Assert.Equal((added.Id, 0), (Assert.Single(count.ByKey.Keys), count.Lost)));
        await using var db = services.GetRequiredService<Store>().Open();
        Assert.Equal("the certificate's", Text(sealing, (await db.Certificates.SingleAsync(Cancel)).SealedKey, HostCertificate.SealingPurpose(Host)));
        Assert.Equal("the next account key's", Text(sealing, (await db.AcmeRegistrations.SingleAsync(Cancel)).SealedNextKey!, AcmeAccounts.SealingPurpose(Directory)));
    }

    [Theory]
    [BothStores]
    internal async Task What_changed_since_it_was_read_is_left_as_it_is(StoreKind kind)
    {
        await using var services = await StoreAsync(kind);
        var sealing = services.GetRequiredService<KeySealing>();
        await FillAsync(services);
        await using var db = services.GetRequiredService<Store>().Open();
        foreach (var column in SealedColumns.All)
        {
            var read = await FirstAsync(column, db);
            var written = sealing.Seal("newer"u8, read.Purpose);
            Assert.Equal(1, await column.ReplaceAsync(db, read, written, Cancel));

            Assert.Equal(0, await column.ReplaceAsync(db, read, sealing.SealAgain(read.Content, read.Purpose), Cancel));
            Assert.Equal(0, await column.LoseAsync(db, read, TimeProvider.System.GetUtcNow(), Cancel));
            Assert.Equal(written, (await FirstAsync(column, db)).Content);
        }
    }

    [Theory]
    [BothStores]
    internal async Task What_no_key_opens_is_given_up_so_that_it_is_made_again_and_the_rest_stays(StoreKind kind)
    {
        await using var services = await StoreAsync(kind);
        await FillAsync(services);
        var lost = services.GetRequiredService<KeySealing>().Keys[0];
        File.Delete(Path.Combine(_folder.Path, "sealing.key"));
        await using var later = StoreServices.Build(Settings(services));
        var sealing = later.GetRequiredService<KeySealing>();
        var store = later.GetRequiredService<Store>();
        await store.WriteAsideAsync(
            db =>
            {
                db.Certificates.Add(Certificate("mta-sts.kept.example", sealing));
                db.CertificateJobs.Add(new CertificateJob { HostName = "mta-sts.kept.example", State = JobState.Idle, DueAt = DateTimeOffset.MaxValue });
                return Task.CompletedTask;
            },
            Cancel);

        var before = await later.GetRequiredService<Resealing>().CountAsync(tryToOpen: true, Cancel);
        Assert.All(before, count => Assert.Equal((1, 1), (count.Lost, count.ByKey[lost.Id])));
        var gone = await later.GetRequiredService<Resealing>().LoseAsync(Cancel);

        // The account's next key goes with its row, whose own key is lost, too. The job's with its certificate.
        Assert.Equal(4, gone.Sum(count => count.Changed));
        await using var db = store.Open();
        Assert.Equal("mta-sts.kept.example", (await db.Certificates.SingleAsync(Cancel)).HostName);
        Assert.Equal((0, 0), (await db.AcmeRegistrations.CountAsync(Cancel), await db.LocalAuthority.CountAsync(Cancel)));
        var job = await db.CertificateJobs.SingleAsync(row => row.HostName == Host, Cancel);
        Assert.Equal((JobState.DnsWait, JobStep.None), (job.State, job.Step));
        Assert.All([job.OrderUrl, job.LeaseOwner, job.CertificateUrl, (object?)job.SealedKey, job.RenewAt, job.LastIssuedAt], Assert.Null);
        Assert.True(job.DueAt <= TimeProvider.System.GetUtcNow());
        Assert.Equal(JobState.Idle, (await db.CertificateJobs.SingleAsync(row => row.HostName == "mta-sts.kept.example", Cancel)).State);
    }

    [Fact]
    public async Task A_damaged_row_is_counted_and_does_not_keep_the_others_from_the_new_key()
    {
        await using var services = await StoreAsync(StoreKind.Sqlite);
        await FillAsync(services);
        await services.GetRequiredService<Store>().WriteAsideAsync(
            async db => await db.LocalAuthority.ExecuteUpdateAsync(set => set.SetProperty(row => row.SealedIntermediateKey, new byte[] { 1, 2, 3 }), Cancel), Cancel);

        services.GetRequiredService<SealingKeyChange>().AddNew();
        var counts = await services.GetRequiredService<SealingKeyChange>().SealAllAgainAsync(Cancel);

        Assert.Equal((5, 1), (counts.Sum(count => count.Changed), counts.Sum(count => count.Lost)));
        Assert.Equal([Resealing.Damaged], counts.Single(count => count.Lost == 1).ByKey.Keys);
    }

    private string[] Settings(ServiceProvider? services = null, string? connection = null)
    {
        if (services is not null)
        {
            var options = services.GetRequiredService<Microsoft.Extensions.Options.IOptions<DataOptions>>().Value;
            connection = options.ConnectionString;
        }

        return [$"--Data:Directory={_folder.Path}", .. string.IsNullOrEmpty(connection) ? [] : new[] { "--Data:Provider=PostgreSql", $"--ConnectionStrings:Store={connection}" }];
    }

    private async Task<ServiceProvider> StoreAsync(StoreKind kind)
    {
        var services = StoreServices.Build(Settings(connection: kind == StoreKind.PostgreSql ? await postgres.CreateDatabaseAsync() : null));
        await StoreMigrator.MigrateAsync(services.GetRequiredService<Store>(), Cancel);
        return services;
    }

    private static async Task<SealedCell> FirstAsync(SealedColumn column, HostDbContext db)
    {
        await foreach (var cell in column.ReadAsync(db))
        {
            return cell;
        }

        throw new InvalidOperationException($"{column.Amount(0)}");
    }

    private static string Text(KeySealing sealing, byte[] content, string purpose) => Encoding.UTF8.GetString(sealing.Open(content, purpose));

    private static StoredCertificate Certificate(string host, KeySealing sealing) => new()
    {
        HostName = host,
        Leaf = RandomNumberGenerator.GetBytes(8),
        Issuers = [],
        SealedKey = sealing.Seal("the certificate's"u8, HostCertificate.SealingPurpose(host)),
        CreatedAt = TimeProvider.System.GetUtcNow(),
    };

    private static Task FillAsync(ServiceProvider services)
    {
        var sealing = services.GetRequiredService<KeySealing>();
        return services.GetRequiredService<Store>().WriteAsideAsync(
            db =>
            {
                db.Certificates.Add(Certificate(Host, sealing));
                db.CertificateJobs.Add(new CertificateJob
                {
                    HostName = Host,
                    State = JobState.Running,
                    Step = JobStep.Finalize,
                    OrderUrl = "https://ca.example/order/1",
                    LeaseOwner = "somebody",
                    RenewAt = DateTimeOffset.MaxValue,
                    LastIssuedAt = DateTimeOffset.MinValue,
                    DueAt = DateTimeOffset.MaxValue,
                    SealedKey = sealing.Seal("the order's"u8, HostCertificate.SealingPurpose(Host)),
                });
                db.AcmeRegistrations.Add(new AcmeRegistration
                {
                    Directory = Directory,
                    SealedKey = sealing.Seal("the account's"u8, AcmeAccounts.SealingPurpose(Directory)),
                    SealedNextKey = sealing.Seal("the next account key's"u8, AcmeAccounts.SealingPurpose(Directory)),
                });
                db.LocalAuthority.Add(new LocalAuthority
                {
                    RootPem = "",
                    IntermediatePem = "",
                    SealedIntermediateKey = sealing.Seal("the local CA's"u8, LocalAuthorityMaking.SealingPurpose),
                });
                db.NoticeTargets.Add(new NoticeTarget
                {
                    Channels = [new NoticeChannel { Kind = NoticeChannelKind.Webhook, Address = "https://hooks.example/", SealedSecret = sealing.Seal("the webhook's"u8, NoticeChannel.SealingPurpose(NoticeTarget.Provider)) }],
                });
                return Task.CompletedTask;
            },
            Cancel);
    }
}
