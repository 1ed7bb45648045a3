using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using MtaSts.Host.DnsRecords.Gate;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.DnsRecords.Gate;

/// <summary>Edits, stops, kills, starts and clocks at random; at each step what the gate says is held against what the nodes serve.</summary>
public sealed class RandomNodesTests(PostgresServer postgres)
{
    private const int Steps = 120;
    private const int MostNodes = 3;

    private static readonly string[] Domains = ["a.example", "b.example", "c.example"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(StoreKind.Sqlite, 1)]
    [InlineData(StoreKind.Sqlite, 2)]
    [InlineData(StoreKind.PostgreSql, 3)]
    [InlineData(StoreKind.PostgreSql, 4)]
    public async Task No_revision_is_open_while_a_node_serves_an_older_version(StoreKind kind, int seed)
    {
        using var folder = new TestFolder();
        var database = kind == StoreKind.PostgreSql ? await postgres.CreateDatabaseAsync() : $"Data Source={Path.Combine(folder.Path, "mtasts.db")}";
        var random = new Random(seed);
        var nodes = new List<HostApp>();
        var stopped = new Stack<string>(Enumerable.Range(0, MostNodes).Select(node => Directory.CreateDirectory(Path.Combine(folder.Path, $"node{node}")).FullName));
        var edits = new List<(long DomainId, string Domain, int Version, long Revision)>();
        var (opened, held) = (0, 0);
        try
        {
            await StartNodeAsync();
            await nodes[0].AddTenantAsync();
            foreach (var domain in Domains)
            {
                await EditAsync(nodes[0], domain);
            }

            for (var step = 0; step < Steps; step++)
            {
                var node = nodes[random.Next(nodes.Count)];
                switch (random.Next(10))
                {
                    case < 4:
                        await EditAsync(node, Domains[random.Next(Domains.Length)]);
                        break;
                    case < 8:
                        node.Clock.Advance(TimeSpan.FromMilliseconds(random.Next(12_000)));
                        break;
                    case 8 when nodes.Count < MostNodes:
                        await StartNodeAsync();
                        break;
                    case 9 when nodes.Count > 1:
                        nodes.Remove(node);
                        stopped.Push(node.Directory);
                        if (random.Next(2) == 0)
                        {
                            await node.KillAsync(nodes[0]);
                        }
                        else
                        {
                            await node.DisposeAsync();
                        }

                        break;
                    default:
                        break;
                }

                await SampleAsync(step);
            }

            // All go on: what was held opens.
            foreach (var domain in Domains)
            {
                await Eventually.TrueAsync(
                    async () =>
                    {
                        nodes.ForEach(node => node.Clock.Advance(TimeSpan.FromSeconds(20)));
                        return await nodes[0].HoldAsync(domain) is null;
                    },
                    () => $"{domain} opens in the end");
            }

            await SampleAsync(Steps);
            Assert.True(opened > 0 && held > 0, $"{opened} opened, {held} held");
        }
        finally
        {
            foreach (var node in nodes)
            {
                await node.DisposeAsync();
            }

            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        }

        async Task StartNodeAsync() => nodes.Add(await HostApp.StartAsync(kind, connectionString: database, directory: stopped.Pop()));

        async Task EditAsync(HostApp node, string domain)
        {
            var edited = await node.PutDomainAsync(domain, maxAge: 86400 + edits.Count);
            var row = await node.RowAsync(domain);
            edits.Add((row.Id, domain, edited.GetProperty("version").GetInt32(), edited.GetProperty("revision").GetInt64()));
        }

        // First the gate, then the nodes: none goes back, so what is older afterwards was older when the gate opened.
        async Task SampleAsync(int step)
        {
            foreach (var asking in nodes)
            {
                var view = await asking.Services.GetRequiredService<ServingGate>().LookAsync([.. edits.Select(edit => edit.DomainId).Distinct()], Cancel);
                foreach (var (domainId, domain, version, revision) in edits)
                {
                    if (view.Of(domainId, revision) is not null)
                    {
                        held++;
                        continue;
                    }

                    opened++;
                    var oldest = nodes.Min(node => node.VersionOf(domain));
                    Assert.True(oldest >= version, string.Create(CultureInfo.InvariantCulture, $"seed {seed}, step {step}: version {version} of {domain} is open while version {oldest} is served"));
                }
            }
        }
    }
}
