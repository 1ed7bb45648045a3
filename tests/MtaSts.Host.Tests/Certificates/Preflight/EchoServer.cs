using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using MtaSts.Testing;

namespace MtaSts.Host.Tests.Certificates.Preflight;

/// <summary>Kestrel at an address of its own, answering every request in one way.</summary>
internal sealed class EchoServer : IAsyncDisposable
{
    private readonly ConcurrentQueue<string> _requests = new();
    private readonly WebApplication _app;

    private EchoServer(WebApplication app, IPAddress address)
    {
        _app = app;
        Address = address;
    }

    public IPAddress Address { get; }

    public int Port { get; private set; }

    /// <summary>Method, Host header and path of each.</summary>
    public IReadOnlyCollection<string> Requests => _requests;

    public static async Task<EchoServer> StartAsync(int port, RequestDelegate answer)
    {
        // Empty: the settings file of the service lies in the same folder.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        var address = LoopbackAddress.Next();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(address, port));
        var server = new EchoServer(builder.Build(), address);
        server._app.Run(context =>
        {
            server._requests.Enqueue($"{context.Request.Method} {context.Request.Host} {context.Request.Path}");
            return answer(context);
        });
        await server._app.StartAsync();
        server.Port = new Uri(server._app.Urls.Single()).Port;
        return server;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
