using System.Net;
using System.Net.Sockets;
using Xunit;

namespace MtaSts.Host.Tests.Listeners;

/// <summary>Slow and silent clients at the Policy endpoint: senders are served meanwhile, and in the end the slow ones are dropped.</summary>
public sealed class ManyConnectionsTests : IAsyncLifetime
{
    private const string Host = "mta-sts.example.com";

    private HostApp _app = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _app = await HostApp.StartAsync();
        await _app.AddTenantAsync();
        await _app.PutDomainAsync("example.com");
        await _app.FetchPolicyAsync("example.com");
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Fact]
    public async Task Two_thousand_idle_connections_stop_no_sender_and_are_dropped()
    {
        var idle = new List<TcpClient>();
        try
        {
            for (var i = 0; i < 2000; i++)
            {
                var client = new TcpClient();
                idle.Add(client);
                await client.ConnectAsync(IPAddress.Loopback, _app.PolicyPort, Cancel);
                if (i % 2 == 0)
                {
                    // Half of a record's head: a ClientHello that never comes to its end.
                    await client.GetStream().WriteAsync(new byte[] { 0x16, 0x03, 0x01 }, Cancel);
                }
            }

            for (var i = 0; i < 50; i++)
            {
                // Each over a connection of its own.
                using var sender = _app.PolicyClient();
                Assert.StartsWith("version: STSv1\r\n", await sender.GetStringAsync(new Uri($"https://{Host}/.well-known/mta-sts.txt"), Cancel), StringComparison.Ordinal);
            }

            using var bound = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
            bound.CancelAfter(TimeSpan.FromSeconds(60));
            foreach (var client in idle)
            {
                await DrainAsync(client, bound.Token);
            }
        }
        finally
        {
            idle.ForEach(client => client.Dispose());
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: mta-sts.exam")]
    public async Task A_connection_that_goes_silent_after_the_handshake_is_dropped(string sent)
    {
        await using var client = await RawTlsClient.ConnectAsync(_app.PolicyPort, Host, Cancel);
        await client.SendAsync(sent, Cancel);

        using var bound = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        bound.CancelAfter(TimeSpan.FromSeconds(60));
        // Kestrel may say 408 before it closes.
        await client.ReceiveAsync(bound.Token);
        Assert.True(await client.IsClosedAsync(bound.Token));
    }

    [Fact]
    public async Task A_connection_that_keeps_asking_ends_after_a_minute()
    {
        await using var client = await RawTlsClient.ConnectAsync(_app.PolicyPort, Host, Cancel);
        await client.SendAsync($"GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: {Host}\r\n\r\n", Cancel);
        Assert.StartsWith("HTTP/1.1 200 ", await client.ReceiveAsync(Cancel), StringComparison.Ordinal);

        _app.Clock.Advance(TimeSpan.FromSeconds(59));
        await client.SendAsync($"GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: {Host}\r\n\r\n", Cancel);
        Assert.StartsWith("HTTP/1.1 200 ", await client.ReceiveAsync(Cancel), StringComparison.Ordinal);

        _app.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.True(await client.IsClosedAsync(Cancel));
    }

    private static async Task DrainAsync(TcpClient client, CancellationToken cancellationToken)
    {
        var buffer = new byte[256];
        try
        {
            while (await client.GetStream().ReadAsync(buffer, cancellationToken) > 0)
            {
                // An alert may come before the end.
            }
        }
        catch (IOException)
        {
            // Reset: dropped as well.
        }
    }
}
