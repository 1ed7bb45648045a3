using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using MtaSts.Host.Certificates.Challenges;
using MtaSts.Host.Certificates.Preflight;
using Xunit;

namespace MtaSts.Host.Tests.Certificates.Challenges;

/// <summary>http-01 (RFC 8555 §8.3) on the wire.</summary>
public sealed class ChallengeEndpointTests : IAsyncLifetime
{
    private const string Host = "mta-sts.example.com";
    private const string Token = "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA";
    private const string KeyAuthorization = Token + ".9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI";
    private const string Path = "/.well-known/acme-challenge/" + Token;

    private HostApp _app = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _app = await HostApp.StartAsync(services: services => services.AddPreflight(_ => new byte[32]));
        await _app.Services.GetRequiredService<ChallengeAnswers>().PutAsync(Host, Token, OpenAnswer.Http, KeyAuthorization, TimeSpan.FromHours(1), Cancel);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Fact]
    public async Task The_answer_is_the_key_authorization_and_nothing_more()
    {
        var answer = await AskAsync("GET", Path, Host);

        Assert.StartsWith("HTTP/1.1 200 OK\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("\r\nContent-Type: application/octet-stream\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("\r\nCache-Control: no-store\r\n", answer, StringComparison.Ordinal);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"\r\nContent-Length: {KeyAuthorization.Length}\r\n"), answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n" + KeyAuthorization, answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HEAD_gets_the_same_head()
    {
        var answer = await AskAsync("HEAD", Path, Host);

        Assert.StartsWith("HTTP/1.1 200 OK\r\n", answer, StringComparison.Ordinal);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"\r\nContent-Length: {KeyAuthorization.Length}\r\n"), answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_who_ask_at_once_get_the_same()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => AskAsync("GET", Path, Host)));

        Assert.All(answers, answer => Assert.EndsWith("\r\n\r\n" + KeyAuthorization, answer, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("MTA-STS.Example.COM")]
    [InlineData("mta-sts.example.com:80")]
    [InlineData("mta-sts.example.com.")]
    [InlineData("mta-sts.example.com.:8080")]
    public async Task The_host_counts_without_case_port_and_final_dot(string host) =>
        Assert.EndsWith("\r\n\r\n" + KeyAuthorization, await AskAsync("GET", Path, host), StringComparison.Ordinal);

    [Theory]
    [InlineData("GET", Path, "mta-sts.other.example")]
    [InlineData("GET", Path, "example.com")]
    [InlineData("GET", Path, "127.0.0.2")]
    [InlineData("GET", Path, "[::1]:80")]
    [InlineData("GET", Path, "")]
    [InlineData("GET", Path, "mta-sts.example.com..")]
    [InlineData("GET", Path + "A", Host)]
    [InlineData("GET", Path + "/", Host)]
    [InlineData("GET", "/.well-known/acme-challenge/", Host)]
    [InlineData("GET", "/.well-known/acme-challenge", Host)]
    [InlineData("GET", "/.well-known/ACME-challenge/" + Token, Host)]
    [InlineData("GET", "/.well-known/acme-challenge/../acme-challenge/x", Host)]
    [InlineData("GET", "/.well-known/acme-challenge/%ff%27%2e%2e%2f%20aaaaaaaaaaaaaaa", Host)]
    [InlineData("GET", "/", Host)]
    [InlineData("GET", "/.well-known/mta-sts.txt", Host)]
    [InlineData("POST", Path, Host)]
    [InlineData("PUT", Path, Host)]
    [InlineData("OPTIONS", Path, Host)]
    [InlineData("get", Path, Host)]
    public async Task All_else_is_a_small_404_that_nobody_keeps(string method, string path, string host)
    {
        var answer = await AskAsync(method, path, host);

        Assert.StartsWith("HTTP/1.1 404 ", answer, StringComparison.Ordinal);
        Assert.Contains("\r\nCache-Control: no-store\r\n", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("Location:", answer, StringComparison.OrdinalIgnoreCase);
        Assert.InRange(answer.Length, 1, 400);
    }

    [Fact]
    public async Task The_token_of_another_type_of_challenge_is_not_there()
    {
        var other = "other" + Token;
        var answers = _app.Services.GetRequiredService<ChallengeAnswers>();
        await answers.PutAsync(Host, other, OpenAnswer.Dns, other + ".thumbprint", TimeSpan.FromHours(1), Cancel);

        Assert.StartsWith("HTTP/1.1 404 ", await AskAsync("GET", "/.well-known/acme-challenge/" + other, Host), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_preflight_is_answered_for_every_name()
    {
        var echo = _app.Services.GetRequiredService<PreflightEcho>();
        var token = echo.NewToken();
        Assert.True(echo.TryAnswer(token, out var wanted));

        var answer = await AskAsync("GET", "/.well-known/acme-challenge/" + token, "mta-sts.not-yet.example");

        Assert.EndsWith("\r\n\r\n" + wanted, answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task While_the_store_is_away_what_this_node_put_is_answered_and_the_rest_is_not_denied()
    {
        var file = System.IO.Path.Combine(_app.Directory, "mtasts.db");
        File.Move(file, file + ".away");

        Assert.EndsWith("\r\n\r\n" + KeyAuthorization, await AskAsync("GET", Path, Host), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 503 ", await AskAsync("GET", Path + "A", Host), StringComparison.Ordinal);
        // What cannot be a challenge of ours needs no store.
        Assert.StartsWith("HTTP/1.1 404 ", await AskAsync("GET", "/.well-known/acme-challenge/short", Host), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 404 ", await AskAsync("GET", Path, "www.example.com"), StringComparison.Ordinal);

        File.Move(file + ".away", file);
        Assert.StartsWith("HTTP/1.1 404 ", await AskAsync("GET", Path + "A", Host), StringComparison.Ordinal);
    }

    private async Task<string> AskAsync(string method, string path, string host)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Parse("127.0.0.2"), _app.ChallengePort, Cancel);
        await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"), Cancel);
        using var reader = new StreamReader(socket.GetStream());
        return await reader.ReadToEndAsync(Cancel);
    }
}
