using System.Text.Json;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Whole;

/// <summary>
/// The built service, and the programs that fetch policies in the world: postfix-mta-sts-resolver (its query and its daemon) and curl, in
/// a network where names lead to port 443 of the service.
/// </summary>
public sealed class RealClientTests
{
    private const string Api = "http://127.0.0.1:8081/api/v1";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_sending_side_finds_every_policy_follows_the_id_and_refuses_what_is_not_hosted()
    {
        Requires.Program("mta-sts-query", StsDaemon.Package);
        Requires.Program("curl", "package curl");
        await using var network = await ClientNetwork.StartAsync();
        await using var service = await StartServiceAsync(network);
        network.Trust(Path.Combine(DataOf(network), "local-ca.pem"));
        await PutTenantAsync(network);
        foreach (var domain in new[] { "one.test", "two.test", "xn--bcher-kva.test" })
        {
            await network.SetAddressAsync($"mta-sts.{domain}", "127.0.0.1");
            var id = PolicyId(await PutAsync(network, domain, $"mail.{domain}"));
            await ServedAsync(network, service, domain, $"mail.{domain}");
            await network.SetTextAsync($"_mta-sts.{domain}", StsRecord.Write(id));
            Assert.Contains("VALID", (await network.RunAsync("mta-sts-query", domain)).StandardOutput, StringComparison.Ordinal);
        }

        await using var daemon = await StsDaemon.StartAsync(network);
        Assert.Equal("OK secure match=mail.one.test servername=hostname", await daemon.AskAsync("one.test", Cancel));
        Assert.Equal("OK secure match=mail.two.test servername=hostname", await daemon.AskAsync("two.test", Cancel));

        // The edit is served; under the old id the daemon does not fetch again, under the new one it does.
        var edited = PolicyId(await PutAsync(network, "one.test", "new.one.test"));
        await ServedAsync(network, service, "one.test", "new.one.test");
        Assert.Equal("OK secure match=mail.one.test servername=hostname", await daemon.AskAsync("one.test", Cancel));
        await network.SetTextAsync("_mta-sts.one.test", StsRecord.Write(edited));
        Assert.Equal("OK secure match=new.one.test servername=hostname", await daemon.AskAsync("one.test", Cancel));

        // Announced and leading to us, but not hosted: no handshake, so no policy.
        await network.SetAddressAsync("mta-sts.stranger.test", "127.0.0.1");
        await network.SetTextAsync("_mta-sts.stranger.test", "v=STSv1; id=1;");
        Assert.Contains("FETCH_ERROR", (await network.RunAsync("mta-sts-query", "stranger.test")).Output, StringComparison.Ordinal);
        Assert.Equal("NOTFOUND ", await daemon.AskAsync("stranger.test", Cancel));
    }

    [Fact]
    public async Task Curl_fetches_with_TLS_1_2_and_1_3_and_with_HTTP_1_1_and_2()
    {
        Requires.Program("curl", "package curl");
        await using var network = await ClientNetwork.StartAsync();
        await using var service = await StartServiceAsync(network);
        network.Trust(Path.Combine(DataOf(network), "local-ca.pem"));
        await PutTenantAsync(network);
        await network.SetAddressAsync("mta-sts.one.test", "127.0.0.1");
        await PutAsync(network, "one.test", "mail.one.test");
        await ServedAsync(network, service, "one.test", "mail.one.test");

        foreach (var (tls, http, expected) in new[]
        {
            ("--tlsv1.2 --tls-max 1.2", "--http1.1", "1.1 TLSv1.2"),
            ("--tlsv1.2 --tls-max 1.2", "--http2", "2 TLSv1.2"),
            ("--tlsv1.3", "--http1.1", "1.1 TLSv1.3"),
            ("--tlsv1.3", "--http2", "2 TLSv1.3"),
        })
        {
            var answer = await network.RunAsync("curl", ["-sSv", .. tls.Split(' '), http, "-w", "\n%{http_code} %{http_version}", PolicyUrl("one.test")]);
            Assert.EndsWith($"max_age: 604800\r\n\n200 {expected.Split(' ')[0]}", answer.StandardOutput, StringComparison.Ordinal);
            Assert.Contains($"SSL connection using {expected.Split(' ')[1]}", answer.StandardError, StringComparison.Ordinal);
        }

        // RFC 8446 §6.2: an alert, not a closed connection; curl names it.
        await network.SetAddressAsync("mta-sts.stranger.test", "127.0.0.1");
        var refused = await network.RunAsync("curl", "-sS", PolicyUrl("stranger.test"));
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("unrecognized name", refused.StandardError, StringComparison.Ordinal);
    }

    private static async Task<ChildProcess> StartServiceAsync(ClientNetwork network)
    {
        var service = await network.StartAsync(
            "dotnet",
            [ServiceProcess.Program],
            ServiceProcess.Settings(DataOf(network), "https://127.0.0.1:443", "http://127.0.0.1:80", "http://127.0.0.1:8081"));
        await service.WaitForOutputAsync("Application started.");
        return service;
    }

    private static string DataOf(ClientNetwork network) => Path.Combine(network.Folder, "data");

    private static string PolicyUrl(string domain) => $"https://mta-sts.{domain}/.well-known/mta-sts.txt";

    private static Task ServedAsync(ClientNetwork network, ChildProcess service, string domain, string mx) => service.WaitUntilAsync(
        async () => (await network.RunAsync("curl", "-sS", PolicyUrl(domain))).StandardOutput.Contains($"mx: {mx}\r\n", StringComparison.Ordinal),
        $"{domain} served with {mx}");

    private static async Task PutTenantAsync(ClientNetwork network) => await CallAsync(network, "POST", "tenants", new { name = "acme" });

    private static Task<JsonElement> PutAsync(ClientNetwork network, string domain, string mx) =>
        CallAsync(network, "PUT", $"domains/{domain}", new { tenant = "acme", policy = new { mode = "enforce", mx = new[] { mx }, maxAge = 604800 } });

    private static string PolicyId(JsonElement domain) => domain.GetProperty("policyId").GetString()!;

    private static async Task<JsonElement> CallAsync(ClientNetwork network, string method, string path, object body)
    {
        var answer = await network.RunAsync(
            "curl", "-sS", "--fail-with-body", "-X", method, "-H", $"Authorization: Bearer {HostApp.AdminKey}", "--json", JsonSerializer.Serialize(body), $"{Api}/{path}");
        Assert.True(answer.ExitCode == 0, answer.Output);
        return JsonDocument.Parse(answer.StandardOutput).RootElement;
    }
}
