using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;

namespace MtaSts.Testing;

/// <summary>
/// pebble-challtestsrv as a DNS server that a test steers: every name has the default address until the test says otherwise, and has
/// nothing else. Names go in without their final dot.
/// </summary>
public sealed class ChallTestServer : IAsyncDisposable
{
    public const string Package = "package pebble";

    private readonly ChildProcess _server;
    private readonly HttpClient _management;

    private ChallTestServer(ChildProcess server, HttpClient management, string dnsEndpoint)
    {
        _server = server;
        _management = management;
        DnsEndpoint = dnsEndpoint;
    }

    /// <summary>`ADDRESS:PORT`, by UDP and TCP.</summary>
    public string DnsEndpoint { get; }

    public string Output => _server.Output;

    /// <param name="at">The address that it listens on and that every name has.</param>
    /// <param name="dnsPort">53 for programs that cannot be told a port; it needs root.</param>
    public static async Task<ChallTestServer> StartAsync(OwnAddress at, int? dnsPort = null)
    {
        string program = Requires.Program("pebble-challtestsrv", Package);
        string dns = at.At(dnsPort ?? at.FreePort());
        string management = at.At(at.FreePort());
        ChildProcess server = await ChildProcess.StartAsync(
            program,
            [
                "-dns01", dns, "-management", management, "-http01", "", "-https01", "", "-tlsalpn01", "",
                "-defaultIPv4", at.ToString(), "-defaultIPv6", "",
            ]);
        HttpClient client = new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri($"http://{management}/") };
        ChallTestServer started = new(server, client, dns);
        try
        {
            // Both DNS listeners come up on their own, after the management's; its answer alone would say nothing about them.
            await server.WaitUntilAsync(() => AcceptsAsync(management), "the management accepts connections");
            await server.WaitUntilAsync(() => AcceptsAsync(dns), "DNS accepts connections");
        }
        catch
        {
            await started.DisposeAsync();
            throw;
        }

        return started;
    }

    /// <summary>The address of every name that has no own one; empty for none.</summary>
    public async Task SetDefaultAddressesAsync(string v4, string v6 = "")
    {
        await CallAsync("set-default-ipv4", new { ip = v4 });
        await CallAsync("set-default-ipv6", new { ip = v6 });
    }

    /// <summary>Replaces what the name had. The default address still stands for a family that none is given of.</summary>
    public async Task SetAddressesAsync(string name, params string[] addresses)
    {
        await ClearAddressesAsync(name);
        foreach (IGrouping<AddressFamily, string> family in addresses.GroupBy(address => IPAddress.Parse(address).AddressFamily))
        {
            await CallAsync(family.Key == AddressFamily.InterNetwork ? "add-a" : "add-aaaa", new { host = name, addresses = family.ToArray() });
        }
    }

    public async Task ClearAddressesAsync(string name)
    {
        await CallAsync("clear-a", new { host = name });
        await CallAsync("clear-aaaa", new { host = name });
    }

    public Task SetCnameAsync(string name, string target) => CallAsync("set-cname", new { host = name + ".", target = target + "." });

    public Task ClearCnameAsync(string name) => CallAsync("clear-cname", new { host = name + "." });

    /// <summary>Adds a TXT record beside those that are there.</summary>
    public Task AddTxtAsync(string name, string value) => CallAsync("set-txt", new { host = name + ".", value });

    public Task ClearTxtAsync(string name) => CallAsync("clear-txt", new { host = name + "." });

    /// <param name="name">Where the records stand.</param>
    /// <param name="records">Tag and value, such as `issue` and `letsencrypt.org`; the flags are 0.</param>
    public async Task SetCaaAsync(string name, params (string Tag, string Value)[] records)
    {
        await ClearCaaAsync(name);
        await CallAsync("add-caa", new { host = name, policies = records.Select(record => new { tag = record.Tag, value = record.Value }).ToArray() });
    }

    public Task ClearCaaAsync(string name) => CallAsync("clear-caa", new { host = name });

    /// <summary>Every question about the name is answered with SERVFAIL.</summary>
    public Task SetServfailAsync(string name) => CallAsync("set-servfail", new { host = name + "." });

    public Task ClearServfailAsync(string name) => CallAsync("clear-servfail", new { host = name + "." });

    /// <returns>The types asked for, such as 1 for A and 257 for CAA, in their order.</returns>
    public async Task<IReadOnlyList<int>> QuestionsAsync(string name)
    {
        JsonElement answer = await CallAsync("dns-request-history", new { host = name, type = "dns" });
        return answer.ValueKind != JsonValueKind.Array
            ? []
            : [.. answer.EnumerateArray().Select(item => item.GetProperty("Question").GetProperty("Qtype").GetInt32())];
    }

    public Task ClearQuestionsAsync(string name) => CallAsync("clear-request-history", new { host = name, type = "dns" });

    public async ValueTask DisposeAsync()
    {
        _management.Dispose();
        await _server.DisposeAsync();
    }

    internal static async Task<bool> AcceptsAsync(string endpoint)
    {
        using Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPEndPoint.Parse(endpoint));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private async Task<JsonElement> CallAsync(string path, object body)
    {
        // Buffered: this server's JSON reader wants a Content-Length.
        using HttpRequestMessage request = new(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        await request.Content.LoadIntoBufferAsync();
        using HttpResponseMessage answer = await _management.SendAsync(request);
        string text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode
            ? text.Length == 0 ? default : JsonElement.Parse(text)
            : throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"{path}: {(int)answer.StatusCode} {text}"));
    }
}
