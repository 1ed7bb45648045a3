using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using DnsClient;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Whole;

/// <summary>
/// RFC 8461 §8.1, of the built service: at no instant is an id in DNS whose text is not served everywhere. Two nodes on one PostgreSQL write to a real BIND, while
/// one of them is stopped, goes on, dies and comes back at random.
/// </summary>
public sealed class IdOrderTests(PostgresServer postgres)
{
    private const string Zone = "sts.provider.test";
    private const int Domains = 50;
    private const int Edits = 1000;
    private const int FirstMaxAge = 100_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_id_is_seen_in_DNS_before_its_text_is_served_by_every_node()
    {
        await using var rig = await Rig.StartAsync(await postgres.CreateDatabaseAsync());
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var watchers = Enumerable.Range(0, 2).Select(_ => Task.Run(() => rig.WatchAsync(watching.Token), Cancel)).ToList();
        var troubles = Task.Run(() => rig.TroubleAsync(watching.Token), Cancel);
        try
        {
            var random = new Random(8461);
            for (var edit = 0; edit < Edits; edit++)
            {
                await rig.EditAsync(random.Next(Domains));
                // Of several edits of a domain that wait the last one wins: some of them have to get through.
                await Task.Delay(random.Next(50), Cancel);
            }
        }
        finally
        {
            await watching.CancelAsync();
            await Task.WhenAll([.. watchers, troubles]);
        }

        await rig.UntilAllAreOutAsync();
        Assert.Empty(rig.Wrong);
        // It has seen ids change while edits came, and compared them on both nodes.
        Assert.True(rig.Ids.Count > Domains * 2 && rig.Compared > Edits, $"{rig.Ids.Count} ids, {rig.Compared} comparisons");
        Assert.True(rig.Stops > 3 && rig.Crashes > 1, $"{rig.Stops} stops, {rig.Crashes} crashes");
    }

    private sealed class Rig : IAsyncDisposable
    {
        private readonly OwnAddress[] _at = [OwnAddress.Take(), OwnAddress.Take()];
        private readonly TestFolder[] _data = [new(), new()];
        private readonly ChildProcess?[] _nodes = new ChildProcess?[2];
        private readonly HttpClient?[] _senders = new HttpClient?[2];
        private readonly string?[] _labels = new string?[Domains];
        private readonly int[] _maxAges = new int[Domains];
        private readonly ConcurrentDictionary<string, int> _maxAgeOfId = new();
        private readonly BindServer _bind;
        private readonly LookupClient _dns;
        private readonly HttpClient _admin;
        private readonly Dictionary<string, string?> _settings;
        private readonly int _policyPort;
        private readonly int _adminPort;

        private Rig(BindServer bind, UpdateKey key, string database)
        {
            _bind = bind;
            _dns = new LookupClient(new LookupClientOptions(bind.EndPoint) { UseCache = false, Recursion = false });
            _policyPort = _at[0].FreePort();
            _adminPort = _at[0].FreePort();
            _admin = ServiceProcess.Admin(_adminPort, _at[0].ToString());
            _settings = new Dictionary<string, string?>
            {
                ["Data__Provider"] = "PostgreSql",
                ["ConnectionStrings__Store"] = database,
                ["Certificates__SealingKey"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)),
                ["Dns__Zone"] = Zone,
                ["Dns__Publisher"] = "Rfc2136",
                ["Dns__Rfc2136__Server"] = bind.Address,
                ["Dns__Rfc2136__KeyName"] = key.Name,
                ["Dns__Rfc2136__KeySecret"] = key.Secret,
                ["Dns__Authoritative"] = bind.Address,
                ["Dns__Resolvers"] = bind.Address,
                ["Public__Addresses"] = "192.0.2.10",
                ["Access__RequestsPerMinute"] = "1000000",
            };
        }

        /// <summary>Ids that were seen in DNS.</summary>
        public ConcurrentDictionary<string, byte> Ids { get; } = [];

        public ConcurrentQueue<string> Wrong { get; } = [];

        public int Compared { get; private set; }

        public int Stops { get; private set; }

        public int Crashes { get; private set; }

        public static async Task<Rig> StartAsync(string database)
        {
            var key = UpdateKey.Create("mtasts");
            var rig = new Rig(await BindServer.StartAsync(new Dictionary<string, string?> { [Zone] = "" }, key), key, database);
            try
            {
                await rig.StartNodeAsync(0);
                await rig.StartNodeAsync(1);
                (await rig._admin.PostAsJsonAsync("tenants", new { name = "acme" }, Cancel)).EnsureSuccessStatusCode();
                for (var domain = 0; domain < Domains; domain++)
                {
                    await rig.EditAsync(domain);
                }

                await rig.FindLabelsAsync(database);
                await rig.UntilAllAreOutAsync();
                return rig;
            }
            catch
            {
                await rig.DisposeAsync();
                throw;
            }
        }

        /// <summary>The next text of a domain: its max_age tells which one it is.</summary>
        public async Task EditAsync(int domain)
        {
            var maxAge = FirstMaxAge + _maxAges[domain] + 1;
            using var answer = await _admin.PutAsJsonAsync(
                $"domains/d{domain}.test", new { tenant = "acme", policy = new { mode = "testing", mx = new[] { "mx.test" }, maxAge } }, Cancel);
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancel));
            _maxAgeOfId[(await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("policyId").GetString()!] = maxAge;
            _maxAges[domain] = maxAge - FirstMaxAge;
        }

        /// <summary>As a sender: what is in DNS now, then what each node serves. A node may be silent; what it says must not be older than the id.</summary>
        public async Task WatchAsync(CancellationToken cancel)
        {
            var random = new Random();
            while (!cancel.IsCancellationRequested)
            {
                var domain = random.Next(Domains);
                if (await IdAsync(domain) is not { } id)
                {
                    continue;
                }

                for (var node = 0; node < _nodes.Length; node++)
                {
                    var served = await ServedMaxAgeAsync(node, domain);
                    // The edit's own answer may come after DNS has its id.
                    if (served is null || !_maxAgeOfId.TryGetValue(id, out var announced))
                    {
                        continue;
                    }

                    Compared++;
                    Ids.TryAdd(id, 0);
                    if (served < announced)
                    {
                        Wrong.Enqueue($"d{domain}.test: {id} (max_age {announced}) is in DNS and node {node} serves max_age {served}");
                    }
                }
            }
        }

        /// <summary>The second node is stopped and goes on, or dies and comes back.</summary>
        public async Task TroubleAsync(CancellationToken cancel)
        {
            var random = new Random(15);
            try
            {
                while (!cancel.IsCancellationRequested)
                {
                    await Task.Delay(random.Next(500, 3000), cancel);
                    if (random.Next(5) > 0)
                    {
                        _nodes[1]!.Signal(PosixSignalNumber.Stop);
                        Stops++;
                        await Task.Delay(random.Next(100, 1500), cancel);
                        _nodes[1]!.Signal(PosixSignalNumber.Continue);
                    }
                    else
                    {
                        await _nodes[1]!.StopAsync(PosixSignalNumber.Kill);
                        Crashes++;
                        await StartNodeAsync(1);
                    }
                }
            }
            catch (OperationCanceledException)
            {
                // The edits are over.
            }
            finally
            {
                _nodes[1]!.Signal(PosixSignalNumber.Continue);
            }
        }

        public Task UntilAllAreOutAsync() => _nodes[0]!.WaitUntilAsync(
            async () =>
            {
                for (var domain = 0; domain < Domains; domain++)
                {
                    if (await IdAsync(domain) is not { } id || !_maxAgeOfId.TryGetValue(id, out var announced) || announced != FirstMaxAge + _maxAges[domain])
                    {
                        return false;
                    }
                }

                return true;
            },
            "the last id of every domain is in DNS",
            TimeSpan.FromMinutes(2));

        public async ValueTask DisposeAsync()
        {
            foreach (var node in _nodes.OfType<ChildProcess>())
            {
                node.Signal(PosixSignalNumber.Continue);
                await node.DisposeAsync();
            }

            foreach (var sender in _senders)
            {
                sender?.Dispose();
            }

            _admin.Dispose();
            await _bind.DisposeAsync();
            foreach (var folder in _data)
            {
                folder.Dispose();
            }

            foreach (var at in _at)
            {
                at.Dispose();
            }
        }

        private async Task StartNodeAsync(int node)
        {
            if (_nodes[node] is { } former)
            {
                await former.DisposeAsync();
            }

            var settings = new Dictionary<string, string?>(ServiceProcess.Settings(
                _data[node].Path, $"https://{_at[node].At(_policyPort)}", $"http://{_at[node].At(0)}", $"http://{_at[node].At(_adminPort)}"));
            foreach (var (name, value) in _settings)
            {
                settings[name] = value;
            }

            _nodes[node] = await ChildProcess.StartAsync("dotnet", [ServiceProcess.Program], settings);
            await _nodes[node]!.WaitForOutputAsync("Application started.");
            _senders[node] ??= Sender(Path.Combine(_data[node].Path, "local-ca.pem"), new IPEndPoint(_at[node].Address, _policyPort));
        }

        private static HttpClient Sender(string root, IPEndPoint node)
        {
            var handler = TrustingClient.CreateHandler(root, node);
            // Each fetch on a connection of its own, as senders do.
            handler.PooledConnectionLifetime = TimeSpan.Zero;
            return new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(1) };
        }

        private async Task FindLabelsAsync(string database)
        {
            await using var connection = new Npgsql.NpgsqlConnection(database);
            await connection.OpenAsync(Cancel);
            await using var command = new Npgsql.NpgsqlCommand("""SELECT "Name", "Label" FROM domains""", connection);
            await using var rows = await command.ExecuteReaderAsync(Cancel);
            while (await rows.ReadAsync(Cancel))
            {
                _labels[int.Parse(rows.GetString(0)[1..^".test".Length], CultureInfo.InvariantCulture)] = rows.GetString(1);
            }
        }

        private async Task<string?> IdAsync(int domain)
        {
            var answer = await _dns.QueryAsync($"{_labels[domain]}._mta-sts.{Zone}", QueryType.TXT, cancellationToken: Cancel);
            var reading = StsRecord.Read([.. answer.Answers.TxtRecords().Select(record => string.Concat(record.Text))]);
            return reading.Id;
        }

        private async Task<int?> ServedMaxAgeAsync(int node, int domain)
        {
            try
            {
                var text = await _senders[node]!.GetStringAsync(new Uri($"https://mta-sts.d{domain}.test/.well-known/mta-sts.txt"), Cancel);
                const string Field = "max_age: ";
                return int.Parse(text[(text.IndexOf(Field, StringComparison.Ordinal) + Field.Length)..].TrimEnd(), CultureInfo.InvariantCulture);
            }
            catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException && !Cancel.IsCancellationRequested)
            {
                return null;
            }
        }
    }
}
