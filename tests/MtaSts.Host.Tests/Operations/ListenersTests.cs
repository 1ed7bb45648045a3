using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace MtaSts.Host.Tests.Operations;

public sealed class ListenersTests(SharedApps apps) : IClassFixture<SharedApps>
{
    private static readonly string[] AdminPaths =
        ["/api/v1/domains", "/api/v1/tenants", "/api/v1/domains/example.com", "/healthz/live", "/healthz/ready", "/metrics", "/openapi", "/openapi/index.html", "/openapi/v1.json", "/"];

    [Fact]
    public async Task A_route_of_one_endpoint_is_404_on_the_others_whatever_method_and_Host_say()
    {
        var app = await apps.GetAsync(StoreKind.Sqlite);
        await app.AddTenantAsync("listeners");
        await app.PutDomainAsync("listeners.example", "listeners");
        foreach (var host in new[] { $"127.0.0.3:{app.AdminPort}", "mta-sts.listeners.example", "localhost", $"127.0.0.2:{app.ChallengePort}" })
        {
            foreach (var method in new[] { "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "BREW" })
            {
                foreach (var path in AdminPaths)
                {
                    Assert.Equal("404", await StatusAsync("127.0.0.2", app.ChallengePort, method, path, host));
                    // Here the Host header may be the first that does not fit: 421 tells as little.
                    Assert.Contains(await StatusAsync("127.0.0.1", app.PolicyPort, method, path, host, tls: true), new[] { "404", "421" });
                }

                Assert.Equal("404", await StatusAsync("127.0.0.2", app.ChallengePort, method, "/.well-known/mta-sts.txt", host));
                Assert.Equal("404", await StatusAsync("127.0.0.3", app.AdminPort, method, "/.well-known/mta-sts.txt", host));
                Assert.Equal("404", await StatusAsync("127.0.0.3", app.AdminPort, method, "/.well-known/acme-challenge/token", host));
            }
        }
    }

    [Fact]
    public async Task The_challenge_endpoint_never_redirects_and_takes_no_body()
    {
        var app = await apps.GetAsync(StoreKind.Sqlite);
        Assert.Equal("404", await StatusAsync("127.0.0.2", app.ChallengePort, "GET", "/.well-known/acme-challenge/token", "mta-sts.listeners.example"));
        Assert.Equal("404", await StatusAsync("127.0.0.2", app.ChallengePort, "POST", "/.well-known/acme-challenge/token", "mta-sts.listeners.example", "Content-Length: 5\r\n", "hello"));
    }

    [Fact]
    public async Task No_answer_names_the_server_software()
    {
        var app = await apps.GetAsync(StoreKind.Sqlite);
        Assert.False((await app.Admin.GetAnswerAsync("/healthz/live")).Headers.Contains("Server"));
    }

    private static async Task<string> StatusAsync(string address, int port, string method, string path, string host, string headers = "", string body = "", bool tls = false)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Parse(address), port, TestContext.Current.CancellationToken);
        await using var encrypted = new SslStream(socket.GetStream());
        Stream stream = socket.GetStream();
        if (tls)
        {
            // Whom the certificate convinces is told by other tests.
            await encrypted.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "mta-sts.listeners.example", RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null });
            stream = encrypted;
        }

        var request = $"{method} {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {HostApp.AdminKey}\r\n{headers}Connection: close\r\n\r\n{body}";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(stream);
        var status = await reader.ReadLineAsync(TestContext.Current.CancellationToken);
        Assert.StartsWith("HTTP/1.1 ", status, StringComparison.Ordinal);
        return status![9..12];
    }
}
