using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Tests.Checks.Watching;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Checks.Overview;

public sealed class ManyDomainsTests(PostgresServer postgres)
{
    private const int Count = 100_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, BothStores]
    public async Task The_overview_of_a_hundred_thousand_domains_is_counted_by_the_database(StoreKind kind)
    {
        await using var app = await HostApp.StartAsync(kind, postgres);
        await app.AddTenantAsync();
        await app.PutDomainAsync(Reports.Domain);
        await app.RecordAsync(Reports.Domain, "mx.cname");
        await Eventually.TrueAsync(async () => { await using var db = app.Store().Open(); return await db.Certificates.AnyAsync(Cancel); }, () => "the certificate is stored");
        await app.Store().WriteAsideAsync(
            async db =>
            {
                db.DnsRecords.Add(new DnsRecordStatus
                {
                    Name = "x",
                    Type = "TXT",
                    DomainId = 100,
                    Wanted = "\"v=STSv1; id=1;\"",
                    Published = "\"v=STSv1; id=1;\"",
                    Gate = 1,
                    State = DnsRecordState.Live,
                    Observed = new string('o', 500),
                });
                await db.SaveChangesAsync(Cancel);
                await CopyAsync(db, db.DnsRecords.EntityType, 3 * Count, ("DomainId", "i / 3 + 100"), ("Name", "'x' || i"));
                await CopyAsync(db, db.Domains.EntityType, Count, ("Id", "i + 100"), ("Name", "'d' || i || '.test'"), ("Label", "'l' || i"));
                await CopyAsync(db, db.PolicyVersions.EntityType, Count, ("DomainId", "i + 100"));
                await CopyAsync(db, db.DomainWatches.EntityType, Count, ("DomainId", "i + 100"));
                await CopyAsync(db, db.DomainAdvisories.EntityType, Count / 10, ("DomainId", "i + 100"));
                await CopyAsync(db, db.Certificates.EntityType, Count, ("Id", "i + 100"), ("HostName", "'mta-sts.d' || i || '.test'"));
            },
            Cancel);
        await using (var db = app.Store().Open())
        {
            // PostgreSQL does it by itself within a minute.
            await db.Database.ExecuteSqlRawAsync(kind == StoreKind.PostgreSql ? "ANALYZE" : "SELECT 1", Cancel);
        }

        var answer = (await app.Admin.GetAnswerAsync("overview")).Json;
        Assert.Equal((Count + 1, Count + 1, (Count / 10) + 1), (
            answer.GetProperty("domains").GetInt32(),
            answer.GetProperty("certificates").EnumerateObject().Where(one => one.Name != "none").Sum(one => one.Value.GetInt32()),
            answer.GetProperty("byAdvisory")[0].GetProperty("domains").GetInt32()));
        foreach (var path in new[] { "overview", "overview?tenant=acme", "overview/tenants", "domains?advisory=mx.cname", "domains?advisory=mx.no-starttls" })
        {
            app.Clock.Advance(TimeSpan.FromSeconds(6));
            var watch = Stopwatch.StartNew();
            await app.Admin.GetAnswerAsync(path);
            TestContext.Current.TestOutputHelper?.WriteLine($"{kind} {path}: {watch.Elapsed.TotalMilliseconds:0} ms");
            // By far.
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"{path}: {watch.Elapsed}");
        }
    }

    // The first row again and again.
    private static Task<int> CopyAsync(HostDbContext db, Microsoft.EntityFrameworkCore.Metadata.IEntityType table, int count, params (string Column, string Value)[] own)
    {
        var columns = table.GetProperties().Select(property => property.Name).Where(name => name != "Id" || own.Any(one => one.Column == "Id")).ToList();
        var values = columns.Select(column => own.FirstOrDefault(one => one.Column == column).Value ?? $"r.\"{column}\"");
        var sql = $"""
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
            INSERT INTO {table.GetTableName()} ({string.Join(", ", columns.Select(column => $"\"{column}\""))}) SELECT {string.Join(", ", values)} FROM n, (SELECT * FROM {table.GetTableName()} LIMIT 1) r
            """;
        return db.Database.ExecuteSqlRawAsync(sql, Cancel);
    }
}
