using System.Net;
using System.Text.Json;
using Xunit;

namespace MtaSts.Host.Tests.Policies;

/// <summary>The contract's section 4, sentence by sentence, over real TLS.</summary>
public sealed class PolicyEndpointTests(PolicyEndpointTests.Served served) : IClassFixture<PolicyEndpointTests.Served>
{
    private const string Host = "mta-sts.example.com";
    private const string Text = "version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\nmx: *.example.net\r\nmax_age: 604800\r\n";

    private readonly HostApp _app = served.App;
    private readonly JsonElement _domain = served.Domain;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_policy_comes_with_exactly_these_headers_and_bytes()
    {
        var answer = await AnswerAsync($"GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: {Host}\r\n\r\n");

        Assert.Equal("HTTP/1.1 200 OK", answer.Head[0]);
        Assert.Equal(
            [
                "Cache-Control: max-age=60",
                $"Content-Length: {Text.Length}",
                "Content-Type: text/plain; charset=utf-8",
                $"ETag: \"{_domain.GetProperty("policyId").GetString()}\"",
                "X-Content-Type-Options: nosniff",
            ],
            answer.Head.Skip(1).Where(line => !line.StartsWith("Date: ", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Equal(Text, answer.Body);
    }

    [Fact]
    public async Task Head_is_get_without_the_body()
    {
        var get = await AnswerAsync($"GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: {Host}\r\n\r\n");
        var head = await AnswerAsync($"HEAD /.well-known/mta-sts.txt HTTP/1.1\r\nHost: {Host}\r\n\r\n", withoutBody: true);

        Assert.Equal(WithoutDate(get.Head), WithoutDate(head.Head));
        Assert.Equal("", head.Body);

        static IEnumerable<string> WithoutDate(IEnumerable<string> lines) => lines.Where(line => !line.StartsWith("Date: ", StringComparison.Ordinal)).Order(StringComparer.Ordinal);
    }

    [Theory]
    [InlineData("mta-sts.example.com:443")]
    [InlineData("mta-sts.example.com.")]
    [InlineData("MTA-STS.Example.COM")]
    [InlineData("mta-sts.example.com.:8443")]
    public async Task Host_is_compared_without_case_port_and_one_final_dot(string host) =>
        Assert.Equal(Text, (await AnswerAsync($"GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: {host}\r\n\r\n")).Body);

    [Theory]
    [InlineData("GET", "/.well-known/mta-sts.txt", "mta-sts.other.example", 421)]
    [InlineData("GET", "/.well-known/mta-sts.txt", "mta-sts.example.com..", 421)]
    [InlineData("GET", "/.well-known/mta-sts.txt", "127.0.0.1", 421)]
    [InlineData("POST", "/nowhere", "mta-sts.other.example", 421)]
    [InlineData("POST", "/nowhere", Host, 404)]
    [InlineData("GET", "/", Host, 404)]
    [InlineData("GET", "/.well-known/mta-sts.txt/", Host, 404)]
    [InlineData("GET", "/.well-known/MTA-STS.txt", Host, 404)]
    [InlineData("GET", "/.well-known/acme-challenge/x", Host, 404)]
    [InlineData("GET", "/api/v1/domains", Host, 404)]
    [InlineData("GET", "/healthz/live", Host, 404)]
    [InlineData("DELETE", "/.well-known/mta-sts.txt", Host, 405)]
    [InlineData("OPTIONS", "/.well-known/mta-sts.txt", Host, 405)]
    [InlineData("get", "/.well-known/mta-sts.txt", Host, 405)]
    public async Task Host_is_judged_first_then_the_path_then_the_method(string method, string path, string host, int status)
    {
        var answer = await AnswerAsync($"{method} {path} HTTP/1.1\r\nHost: {host}\r\n\r\n");

        Assert.StartsWith($"HTTP/1.1 {status} ", answer.Head[0], StringComparison.Ordinal);
        Assert.Equal(status == 405, answer.Head.Contains("Allow: GET, HEAD"));
        Assert.DoesNotContain("STSv1", answer.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("If-None-Match: *")]
    [InlineData("If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT")]
    [InlineData("If-Match: \"0\"")]
    [InlineData("Range: bytes=0-3")]
    [InlineData("Accept: text/html")]
    [InlineData("Accept-Encoding: gzip, br")]
    public async Task Conditional_range_and_accept_headers_change_nothing(string header)
    {
        var answer = await AnswerAsync($"GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: {Host}\r\n{header}\r\n\r\n");

        Assert.Equal("HTTP/1.1 200 OK", answer.Head[0]);
        Assert.Equal(Text, answer.Body);
    }

    [Theory]
    [InlineData("GET", "Content-Length: 5\r\n\r\nhello", 400)]
    [InlineData("GET", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 400)]
    [InlineData("POST", "Content-Length: 5\r\n\r\nhello", 405)]
    [InlineData("GET", "Content-Length: 9999999999\r\n\r\n", 400)]
    [InlineData("GET", "Expect: 100-continue\r\nContent-Length: 10\r\n\r\n", 400)]
    public async Task A_request_with_a_body_is_refused_and_its_connection_closed(string method, string rest, int status)
    {
        await using var client = await RawTlsClient.ConnectAsync(_app.PolicyPort, Host, Cancel);
        await client.SendAsync($"{method} /.well-known/mta-sts.txt HTTP/1.1\r\nHost: {Host}\r\n{rest}", Cancel);

        Assert.StartsWith($"HTTP/1.1 {status} ", await client.ReceiveAsync(Cancel), StringComparison.Ordinal);
        Assert.True(await client.IsClosedAsync(Cancel));
    }

    [Fact]
    public async Task A_connection_serves_several_requests()
    {
        await using var client = await RawTlsClient.ConnectAsync(_app.PolicyPort, Host, Cancel);
        for (var i = 0; i < 3; i++)
        {
            await client.SendAsync($"GET /.well-known/mta-sts.txt?{i} HTTP/1.1\r\nHost: {Host}\r\n\r\n", Cancel);
            Assert.EndsWith(Text, await client.ReceiveAsync(Cancel), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n\r\n", 400)]
    [InlineData("GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400)]
    [InlineData("\0\0\0\0\r\n\r\n", 400)]
    public async Task What_is_no_request_is_answered_400(string bytes, int status)
    {
        await using var client = await RawTlsClient.ConnectAsync(_app.PolicyPort, Host, Cancel);
        await client.SendAsync(bytes, Cancel);
        Assert.StartsWith($"HTTP/1.1 {status} ", await client.ReceiveAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_head_over_8_KiB_is_refused()
    {
        await using var client = await RawTlsClient.ConnectAsync(_app.PolicyPort, Host, Cancel);
        await client.SendAsync($"GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: {Host}\r\nX: {new string('x', 9000)}\r\n\r\n", Cancel);
        Assert.StartsWith("HTTP/1.1 431 ", await client.ReceiveAsync(Cancel), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Both_versions_of_HTTP_give_the_same(string version)
    {
        using var client = _app.PolicyClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"https://{Host}/.well-known/mta-sts.txt") { Version = new Version(version), VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var answer = await client.SendAsync(request, Cancel);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(new Version(version), answer.Version);
        Assert.Equal(Text, await answer.Content.ReadAsStringAsync(Cancel));
    }

    [Fact]
    public async Task An_http_2_request_with_a_body_is_refused_too()
    {
        using var client = _app.PolicyClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"https://{Host}/.well-known/mta-sts.txt")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new StringContent("hello"),
        };
        // The body waits for the answer: in the middle of sending it the client may see the closed connection first. What stands below the
        // answer's headers may be cut off by the same.
        request.Headers.ExpectContinue = true;
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
    }

    [Fact]
    public async Task After_a_removal_the_name_is_not_known_any_more()
    {
        using (var answer = await _app.Admin.DeleteAsync(new Uri("domains/other.example?now=true", UriKind.Relative), Cancel))
        {
            Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        }

        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    await using var client = await RawTlsClient.ConnectAsync(_app.PolicyPort, "mta-sts.other.example", Cancel);
                    return false;
                }
                catch (Exception exception) when (exception is System.Security.Authentication.AuthenticationException or IOException)
                {
                    return true;
                }
            },
            () => "the handshake is refused");
        Assert.Equal(Text, await _app.FetchPolicyAsync("example.com"));
    }

    private async Task<(string[] Head, string Body)> AnswerAsync(string request, bool withoutBody = false)
    {
        await using var client = await RawTlsClient.ConnectAsync(_app.PolicyPort, Host, Cancel);
        await client.SendAsync(request, Cancel);
        var answer = await client.ReceiveAsync(Cancel, withoutBody);
        var end = answer.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        return (answer[..end].Split("\r\n"), answer[(end + 4)..]);
    }

    /// <summary>One service for all of these tests.</summary>
    public sealed class Served : IAsyncLifetime
    {
        public HostApp App { get; private set; } = null!;

        public JsonElement Domain { get; private set; }

        public async ValueTask InitializeAsync()
        {
            App = await HostApp.StartAsync();
            await App.AddTenantAsync();
            Domain = await App.PutDomainAsync("example.com", mode: "enforce", mx: ["mail.example.com", "*.example.net"]);
            await App.PutDomainAsync("other.example");
        }

        public ValueTask DisposeAsync() => App.DisposeAsync();
    }
}
