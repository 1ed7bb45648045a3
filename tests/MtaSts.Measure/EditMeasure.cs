using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using MtaSts.Host;
using MtaSts.Testing;

/// <summary>
/// The built service, edits through its API and fetches over TLS, each fetch on a connection of its own: how long an edit takes, and how
/// long after its answer the new text is fetched.
/// </summary>
internal static class EditMeasure
{
    public const string Key = "a-provider-key-for-measurements-0123456789";

    public static async Task<int> RunAsync(string[] arguments)
    {
        var edits = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 500;
        var folder = Directory.CreateTempSubdirectory("mtasts-measure-").FullName;
        try
        {
            await using var service = await StartAsync(folder);
            using var admin = new HttpClient { BaseAddress = new Uri($"http://127.0.0.3:{PortOf(service, "http://127.0.0.3")}/api/v1/") };
            admin.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key);
            (await admin.PostAsJsonAsync("tenants", new { name = "acme" })).EnsureSuccessStatusCode();
            var policyPort = PortOf(service, "https://127.0.0.1");

            var put = new List<double>();
            var first = new List<double>();
            var changed = new List<double>();
            for (var i = 0; i < edits; i++)
            {
                // Even: a new name, which needs a certificate, too. Odd: the same name with another text.
                var domain = $"d{i / 2}.test";
                var began = Stopwatch.GetTimestamp();
                using var answer = await admin.PutAsJsonAsync($"domains/{domain}", new { tenant = "acme", policy = new { mode = "testing", mx = new[] { $"mx{i}.test" }, maxAge = 86400 } });
                answer.EnsureSuccessStatusCode();
                var answered = Stopwatch.GetTimestamp();
                await UntilFetchedAsync(folder, policyPort, domain, (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("policyId").GetString()!);
                if (i >= 10)
                {
                    put.Add(Stopwatch.GetElapsedTime(began, answered).TotalMilliseconds);
                    (i % 2 == 0 ? first : changed).Add(Stopwatch.GetElapsedTime(answered).TotalMilliseconds);
                }
            }

            Print("PUT, until its answer", put);
            Print("answer to fetched, new name", first);
            Print("answer to fetched, edit", changed);
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    public static async Task<ChildProcess> StartAsync(string folder)
    {
        var service = await ChildProcess.StartAsync("dotnet", [typeof(ServiceHost).Assembly.Location], new Dictionary<string, string?>
        {
            ["Data__Directory"] = folder,
            ["Access__InitialKey"] = Key,
            ["Access__RequestsPerMinute"] = "1000000",
            ["Kestrel__Endpoints__Policy__Url"] = "https://127.0.0.1:0",
            ["Kestrel__Endpoints__Challenge__Url"] = "http://127.0.0.2:0",
            ["Kestrel__Endpoints__Admin__Url"] = "http://127.0.0.3:0",
        });
        await service.WaitForOutputAsync("Application started.");
        return service;
    }

    public static int PortOf(ChildProcess service, string address)
    {
        var line = service.Output.Split('\n').Single(candidate => candidate.Contains($"Now listening on: {address}:", StringComparison.Ordinal));
        return int.Parse(line[(line.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture);
    }

    public static async Task UntilFetchedAsync(string folder, int port, string domain, string policyId)
    {
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.ImportFromPemFile(Path.Combine(folder, "local-ca.pem"));
        var bound = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(bound) < TimeSpan.FromSeconds(10))
        {
            try
            {
                using var client = new HttpClient(new SocketsHttpHandler
                {
                    ConnectCallback = async (_, cancellationToken) =>
                    {
                        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                        await socket.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
                        return new NetworkStream(socket, ownsSocket: true);
                    },
                    SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = trust.Clone() },
                });
                using var answer = await client.GetAsync(new Uri($"https://mta-sts.{domain}/.well-known/mta-sts.txt"));
                if (answer.Headers.ETag?.Tag == $"\"{policyId}\"")
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // Not there yet.
            }
        }

        throw new TimeoutException($"{domain} was not served with {policyId} within 10 s.");
    }

    private static void Print(string what, List<double> milliseconds)
    {
        milliseconds.Sort();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{what,-28} {milliseconds.Count,5} times   median {milliseconds[milliseconds.Count / 2],7:F2} ms   99 % {milliseconds[milliseconds.Count * 99 / 100],7:F2} ms   longest {milliseconds[^1],7:F2} ms"));
    }
}
