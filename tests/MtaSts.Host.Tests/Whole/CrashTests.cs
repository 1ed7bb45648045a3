using System.Net.Http.Json;
using System.Text.Json;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Whole;

/// <summary>The service is killed in the middle of edits, again and again; whatever it had acknowledged must be there afterwards.</summary>
public sealed class CrashTests(PostgresServer postgres)
{
    private const int Writers = 4;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(StoreKind.Sqlite, 50)]
    [InlineData(StoreKind.PostgreSql, 10)]
    public async Task Every_acknowledged_edit_survives_kill_9_served_and_in_the_history(StoreKind kind, int kills)
    {
        var folder = Directory.CreateTempSubdirectory("mtasts-crash-").FullName;
        try
        {
            var settings = new Dictionary<string, string?>(ServiceProcess.Settings(folder, "https://127.0.0.1:0", "http://127.0.0.2:0", "http://127.0.0.3:0"))
            {
                ["Data__Provider"] = kind.ToString(),
                ["ConnectionStrings__Store"] = kind == StoreKind.PostgreSql ? await postgres.CreateDatabaseAsync() : null,
            };
            var acknowledged = new Acknowledged[Writers];
            for (var round = 0; round < kills; round++)
            {
                await using var service = await ChildProcess.StartAsync("dotnet", [ServiceProcess.Program], settings);
                using var admin = ServiceProcess.Admin(await ServiceProcess.PortAsync(service, "http://127.0.0.3"), "127.0.0.3");
                await FindAllAsync(admin, acknowledged);
                if (round == 0)
                {
                    using var answer = await admin.PostAsJsonAsync("tenants", new { name = "acme" }, Cancel);
                    answer.EnsureSuccessStatusCode();
                }

                // The blow falls after a number of edits that differs from round to round, while the others are under way.
                var blow = new TaskCompletionSource();
                var edits = 0;
                var writers = Enumerable.Range(0, Writers).Select(writer => EditUntilKilledAsync(admin, acknowledged, writer, () =>
                {
                    if (Interlocked.Increment(ref edits) == 3 + (round % 7))
                    {
                        blow.SetResult();
                    }
                })).ToArray();
                await blow.Task.WaitAsync(ChildProcess.DefaultBound, Cancel);
                service.Signal(PosixSignalNumber.Kill);
                await Task.WhenAll(writers);
            }

            await using var last = await ChildProcess.StartAsync("dotnet", [ServiceProcess.Program], settings);
            using var reader = ServiceProcess.Admin(await ServiceProcess.PortAsync(last, "http://127.0.0.3"), "127.0.0.3");
            await FindAllAsync(reader, acknowledged);
            for (var writer = 0; writer < Writers; writer++)
            {
                await ServedAsync(last, folder, await ServiceProcess.PortAsync(last, "https://127.0.0.1"), writer, acknowledged[writer]);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string DomainOf(int writer) => $"writer{writer}.test";

    private static async Task EditUntilKilledAsync(HttpClient admin, Acknowledged[] acknowledged, int writer, Action onAcknowledged)
    {
        for (var number = acknowledged[writer].Number + 1; ; number++)
        {
            try
            {
                using var answer = await admin.PutAsJsonAsync(
                    $"domains/{DomainOf(writer)}", new { tenant = "acme", policy = new { mode = "testing", mx = new[] { $"mx{number}.test" }, maxAge = 86400 } }, Cancel);
                answer.EnsureSuccessStatusCode();
                var domain = await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel);
                acknowledged[writer] = new Acknowledged(number, domain.GetProperty("version").GetInt32(), domain.GetProperty("policyId").GetString()!);
                onAcknowledged();
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException)
            {
                return;
            }
        }
    }

    // One edit more than was acknowledged may be there: the kill came between commit and answer. Never one less.
    private static async Task FindAllAsync(HttpClient admin, Acknowledged[] acknowledged)
    {
        for (var writer = 0; writer < Writers; writer++)
        {
            if (acknowledged[writer] is not { Number: > 0 } last)
            {
                continue;
            }

            var domain = await admin.GetFromJsonAsync<JsonElement>($"domains/{DomainOf(writer)}", Cancel);
            var present = int.Parse(domain.GetProperty("policy").GetProperty("mx")[0].GetString()![2..^5], System.Globalization.CultureInfo.InvariantCulture);
            Assert.InRange(present, last.Number, last.Number + 1);
            Assert.InRange(domain.GetProperty("version").GetInt32(), last.Version, last.Version + 1);

            var versions = (await admin.GetFromJsonAsync<JsonElement>($"domains/{DomainOf(writer)}/versions?limit=500", Cancel)).GetProperty("items").EnumerateArray().ToList();
            var version = Assert.Single(versions, candidate => candidate.GetProperty("number").GetInt32() == last.Version);
            Assert.Equal(last.PolicyId, version.GetProperty("policyId").GetString());
            Assert.Equal($"mx{last.Number}.test", version.GetProperty("policy").GetProperty("mx")[0].GetString());

            // What is there now was shown, so the next round may not lose it either; its number, version and id belong together.
            acknowledged[writer] = new Acknowledged(present, domain.GetProperty("version").GetInt32(), domain.GetProperty("policyId").GetString()!);
        }
    }

    private static async Task ServedAsync(ChildProcess service, string folder, int port, int writer, Acknowledged last)
    {
        var url = $"https://mta-sts.{DomainOf(writer)}/.well-known/mta-sts.txt";
        await service.WaitUntilAsync(
            async () => (await ChildProcess.RunAsync("curl", ["-sS", "--cacert", Path.Combine(folder, "local-ca.pem"), "--connect-to", $"::127.0.0.1:{port}", url]))
                .StandardOutput.Contains($"mx: mx{last.Number}.test\r\n", StringComparison.Ordinal),
            $"{url} with mx{last.Number}.test");
    }

    // Number: which edit of the writer it was; its mx pattern carries it.
    private readonly record struct Acknowledged(int Number, int Version, string PolicyId);
}
