using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Time.Testing;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests;

/// <summary>
/// The service in the test's process, on a real Kestrel with its three endpoints on loopback, with a store and a folder of its own. The
/// clock is the test's. Dispose it to stop the service and delete the folder.
/// </summary>
public sealed class HostApp : IAsyncDisposable
{
    public const string AdminKey = "the-first-provider-key-of-a-test-0123456789";

    private readonly Factory _factory;
    private readonly bool _ownsDirectory;

    private HostApp(Factory factory, StoreKind kind, string directory, bool ownsDirectory, FakeTimeProvider clock)
    {
        _factory = factory;
        _ownsDirectory = ownsDirectory;
        Kind = kind;
        Directory = directory;
        Clock = clock;
        var addresses = Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(address => new Uri(address)).ToList();
        PolicyPort = addresses.Single(address => address.Host is "127.0.0.1" or "0.0.0.0" or "[::]").Port;
        ChallengePort = addresses.Single(address => address.Host == "127.0.0.2").Port;
        AdminPort = addresses.Single(address => address.Host == "127.0.0.3").Port;
        Admin = Client(AdminKey);
    }

    public StoreKind Kind { get; }

    /// <summary>`Data:Directory`.</summary>
    public string Directory { get; }

    public FakeTimeProvider Clock { get; }

    public IServiceProvider Services => _factory.Services;

    /// <summary>At 127.0.0.1, also where a test's setting has it listen everywhere.</summary>
    public int PolicyPort { get; }

    /// <summary>At 127.0.0.2.</summary>
    public int ChallengePort { get; }

    /// <summary>At 127.0.0.3.</summary>
    public int AdminPort { get; }

    /// <summary>Calls the Admin endpoint with the first provider key.</summary>
    public HttpClient Admin { get; }

    public static async Task<HostApp> StartAsync(
        StoreKind kind = StoreKind.Sqlite,
        PostgresServer? postgres = null,
        string? connectionString = null,
        string? directory = null,
        FakeTimeProvider? clock = null,
        Action<IServiceCollection>? services = null,
        params (string Key, string? Value)[] settings)
    {
        if (kind == StoreKind.PostgreSql)
        {
            connectionString ??= await (postgres ?? throw new ArgumentNullException(nameof(postgres))).CreateDatabaseAsync();
        }

        var folder = directory ?? System.IO.Directory.CreateTempSubdirectory("mtasts-host-").FullName;
        // Near the real time, because TLS and the certificates of the local CA are judged by the machine's clock.
        clock ??= new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var factory = new Factory(
            [
                ("Kestrel:Endpoints:Policy:Url", "https://127.0.0.1:0"),
                ("Kestrel:Endpoints:Challenge:Url", "http://127.0.0.2:0"),
                ("Kestrel:Endpoints:Admin:Url", "http://127.0.0.3:0"),
                ("Data:Directory", folder),
                ("Data:Provider", kind.ToString()),
                .. connectionString is null ? [] : new (string, string?)[] { ("ConnectionStrings:Store", connectionString) },
                ("Access:InitialKey", AdminKey),
                // Several nodes of one store need the same one.
                ("Certificates:SealingKey", Convert.ToBase64String(new byte[32])),
                // Nobody is asked outside: what looks into DNS by itself finds no resolver.
                ("Dns:Resolvers", "127.0.0.1:1"),
                // Nor is there a mail server that a guard could look at.
                ("Checks:Guard", "Off"),
                // Domains of a test are checked by themselves only where it wants that.
                ("Checks:AtOnce", "0"),
                ("Logging:LogLevel:Default", "Error"),
                ("Logging:LogLevel:Microsoft.Hosting.Lifetime", "Error"),
                // What a test wants to hear it hears by a provider of its own; the console of all tests keeps room for failures.
                ("Logging:Console:LogLevel:Default", "Error"),
                .. settings,
            ],
            clock,
            services);
        try
        {
            factory.UseKestrel();
            factory.StartServer();
            return new HostApp(factory, kind, folder, directory is null, clock);
        }
        catch
        {
            await factory.DisposeAsync();
            throw;
        }
    }

    /// <summary>A client of the Admin endpoint; without a key when <paramref name="key"/> is null.</summary>
    public HttpClient Client(string? key)
    {
        var client = new HttpClient(new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromSeconds(30) }) { BaseAddress = new Uri($"http://127.0.0.3:{AdminPort}/api/v1/") };
        client.DefaultRequestHeaders.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    public async Task AddTenantAsync(string name = "acme")
    {
        using var answer = await Admin.PostAsJsonAsync("tenants", new { name });
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
    }

    /// <returns>The secret of a new key of the tenant.</returns>
    public async Task<string> AddKeyAsync(string tenant, string role)
    {
        using var answer = await Admin.PostAsJsonAsync($"tenants/{tenant}/keys", new { name = "test", role });
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("secret").GetString()!;
    }

    /// <returns>The domain resource after the PUT.</returns>
    public async Task<JsonElement> PutDomainAsync(string domain, string tenant = "acme", string mode = "testing", int maxAge = 604800, params string[] mx)
    {
        using var answer = await Admin.PutAsJsonAsync($"domains/{domain}", new { tenant, policy = new { mode, mx = mx.Length == 0 ? [$"mail.{domain}"] : mx, maxAge } });
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    /// <summary>A client that trusts the local CA only and reaches every policy host at the Policy endpoint.</summary>
    public HttpClient PolicyClient() => new(new SocketsHttpHandler
    {
        AutomaticDecompression = DecompressionMethods.None,
        AllowAutoRedirect = false,
        Expect100ContinueTimeout = TimeSpan.FromSeconds(30),
        ConnectCallback = async (_, cancellationToken) =>
        {
            var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, PolicyPort, cancellationToken);
                return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
        SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = LocalCaPolicy() },
    });

    /// <summary>The policy as a sender gets it, tried until it is there: loader and local CA work in the background.</summary>
    public async Task<string> FetchPolicyAsync(string domain, Func<string, bool>? until = null)
    {
        using var client = PolicyClient();
        string? last = null;
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    last = await client.GetStringAsync(new Uri($"https://mta-sts.{domain}/.well-known/mta-sts.txt"));
                    return until?.Invoke(last) ?? true;
                }
                catch (HttpRequestException exception)
                {
                    last = exception.ToString();
                    return false;
                }
            },
            () => $"the policy of {domain} is served; the last answer was {last}");
        return last!;
    }

    public async ValueTask DisposeAsync()
    {
        Admin.Dispose();
        await _factory.DisposeAsync();
        if (_ownsDirectory)
        {
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
            System.IO.Directory.Delete(Directory, recursive: true);
        }
    }

    private X509ChainPolicy LocalCaPolicy()
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPemFile(Path.Combine(Directory, "local-ca.pem"));
        return policy;
    }

    private sealed class Factory((string Key, string? Value)[] settings, TimeProvider clock, Action<IServiceCollection>? services) : WebApplicationFactory<Program>
    {
        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            // A later setting takes the place of an earlier one; null takes it away.
            foreach (var (key, value) in settings.GroupBy(setting => setting.Key).Select(group => group.Last()).Where(setting => setting.Value is not null))
            {
                builder.UseSetting(key, value);
            }

            builder.ConfigureTestServices(own =>
            {
                own.Replace(ServiceDescriptor.Singleton(clock));
                services?.Invoke(own);
            });
        }
    }
}
