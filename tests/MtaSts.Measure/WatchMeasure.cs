using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.Extensions.DependencyInjection;
using MtaSts.Host;
using MtaSts.Host.Checks.Watching;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Testing;

/// <summary>What is asked of both stores again and again when they hold many watched domains: which checks are due, and what the overview counts.</summary>
internal static class WatchMeasure
{
    private const int Claims = 50;
    private const int AtOnce = 16;

    // Longer than answers of the overview are kept.
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(6);

    public static async Task<int> RunAsync(string[] arguments)
    {
        var domains = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 100_000;
        await MeasureAsync("SQLite", domains, []);
        await using var postgres = new PostgresServer { FlushesToDisk = true };
        await MeasureAsync("PostgreSQL", domains, ["--Data:Provider=PostgreSql", $"--ConnectionStrings:Store={await postgres.CreateDatabaseAsync()}"]);
        return 0;
    }

    private static async Task MeasureAsync(string title, int domains, string[] store)
    {
        var folder = Directory.CreateTempSubdirectory("mtasts-measure-").FullName;
        try
        {
            await using var service = ServiceHost.Build([
                .. store,
                $"--Data:Directory={folder}",
                $"--Access:InitialKey={EditMeasure.Key}",
                "--Kestrel:Endpoints:Policy:Url=https://127.0.0.1:0",
                "--Kestrel:Endpoints:Challenge:Url=http://127.0.0.2:0",
                "--Kestrel:Endpoints:Admin:Url=http://127.0.0.3:0",
                "--Checks:AtOnce=0",
                "--Logging:LogLevel:Default=Error",
                "--Logging:LogLevel:Microsoft.Hosting.Lifetime=Error",
            ]);
            await service.StartAsync();
            using var admin = new HttpClient { BaseAddress = new Uri($"{service.Urls.Single(url => url.Contains("127.0.0.3", StringComparison.Ordinal))}/api/v1/") };
            admin.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", EditMeasure.Key);
            (await admin.PostAsJsonAsync("tenants", new { name = "acme" })).EnsureSuccessStatusCode();
            (await admin.PutAsJsonAsync("domains/first.test", new { tenant = "acme", policy = new { mode = "testing", mx = new[] { "mx.test" }, maxAge = 86400 } })).EnsureSuccessStatusCode();
            await FillAsync(service.Services.GetRequiredService<Store>(), domains);

            var claims = service.Services.GetRequiredService<WatchClaims>();
            var began = Stopwatch.GetTimestamp();
            for (var time = 0; time < Claims; time++)
            {
                if ((await claims.TakeAsync(AtOnce, CancellationToken.None)).Count != AtOnce)
                {
                    throw new InvalidOperationException("Not as many checks were taken as asked for.");
                }
            }

            Print($"{title}: {AtOnce} due checks of {domains} taken", Stopwatch.GetElapsedTime(began) / Claims);
            foreach (var path in new[] { "overview", "overview?tenant=acme", "overview/tenants", "domains?advisory=mx.cname", "domains?advisory=mx.no-starttls" })
            {
                await Task.Delay(Kept);
                began = Stopwatch.GetTimestamp();
                (await admin.GetAsync(path)).EnsureSuccessStatusCode();
                Print($"{title}: {path}", Stopwatch.GetElapsedTime(began));
            }

            await service.StopAsync();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Task FillAsync(Store store, int domains) => store.WriteAsideAsync(
        async db =>
        {
            var first = await db.Domains.SingleAsync();
            var now = DateTimeOffset.UtcNow;
            await WatchClaims.AddAsync(db, first.Id, now.AddHours(-1), CancellationToken.None);
            db.DomainAdvisories.Add(new DomainAdvisory { DomainId = first.Id, Code = "mx.cname", Subject = "mx.test", Severity = AdvisorySeverity.Warning, Message = new string('m', 100), FirstSeenAt = now, LastSeenAt = now, ToldAt = now });
            db.DnsRecords.Add(new DnsRecordStatus { Name = "x", Type = "TXT", DomainId = first.Id, Wanted = "\"v=STSv1; id=1;\"", Published = "\"v=STSv1; id=1;\"", Gate = 1, State = DnsRecordState.Live, Observed = new string('o', 500) });
            await db.SaveChangesAsync();
            await CopyAsync(db, db.Domains.EntityType, domains, ("Id", "i + 1000"), ("Name", "'d' || i || '.test'"), ("Label", "'l' || i"));
            await CopyAsync(db, db.PolicyVersions.EntityType, domains, ("DomainId", "i + 1000"));
            await CopyAsync(db, db.DnsRecords.EntityType, 3 * domains, ("DomainId", "i / 3 + 1000"), ("Name", "'x' || i"));
            await CopyAsync(db, db.DomainWatches.EntityType, domains, ("DomainId", "i + 1000"));
            await CopyAsync(db, db.DomainAdvisories.EntityType, domains / 10, ("DomainId", "i + 1000"));
            await CopyAsync(db, db.Certificates.EntityType, domains, ("Id", "i + 1000"), ("HostName", "'mta-sts.d' || i || '.test'"));
            // PostgreSQL does it by itself within a minute.
            await db.Database.ExecuteSqlRawAsync("ANALYZE");
        },
        CancellationToken.None);

    // One row of the table again and again.
    private static Task<int> CopyAsync(HostDbContext db, IEntityType table, int count, params (string Column, string Value)[] own)
    {
        var columns = table.GetProperties().Select(property => property.Name).Where(name => name != "Id" || own.Any(one => one.Column == "Id")).ToList();
        var values = columns.Select(column => own.FirstOrDefault(one => one.Column == column).Value ?? $"r.\"{column}\"");
        var sql = $"""
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
            INSERT INTO {table.GetTableName()} ({string.Join(", ", columns.Select(column => $"\"{column}\""))}) SELECT {string.Join(", ", values)} FROM n, (SELECT * FROM {table.GetTableName()} LIMIT 1) r
            """;
        return db.Database.ExecuteSqlRawAsync(sql);
    }

    private static void Print(string what, TimeSpan time) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-70} {time.TotalMilliseconds,8:F1} ms"));
}
