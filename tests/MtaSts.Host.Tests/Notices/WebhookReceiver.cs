using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace MtaSts.Host.Tests.Notices;

/// <summary>A receiver of webhooks on a Kestrel of its own, which checks signatures as the README tells receivers to.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Request> _requests = new();

    private WebhookReceiver(WebApplication app) => _app = app;

    /// <summary>What it answers; 204 at first.</summary>
    public Func<HttpContext, Task> Answer { get; set; } = context =>
    {
        context.Response.StatusCode = 204;
        return Task.CompletedTask;
    };

    public IReadOnlyList<Request> Requests => [.. _requests];

    public int Port { get; private set; }

    /// <summary>Ids of all events, in the order in which they came.</summary>
    public List<string> EventIds => [.. Requests.SelectMany(request => request.Events.Select(one => one.GetProperty("id").GetString()!))];

    /// <param name="address">Loopback where it is null.</param>
    /// <param name="certificate">It speaks TLS then.</param>
    public static async Task<WebhookReceiver> StartAsync(IPAddress? address = null, X509Certificate2? certificate = null)
    {
        // Nothing of the settings file beside the tests, which is the service's.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(address ?? IPAddress.Loopback, 0, endpoint =>
        {
            if (certificate is not null)
            {
                endpoint.UseHttps(certificate);
            }
        }));
        var app = builder.Build();
        var receiver = new WebhookReceiver(app);
        app.Run(receiver.TakeAsync);
        await app.StartAsync();
        receiver.Port = new Uri(app.Urls.Single()).Port;
        return receiver;
    }

    public void AnswerStatus(int status, string? header = null, string? value = null) => Answer = context =>
    {
        context.Response.StatusCode = status;
        if (header is not null)
        {
            context.Response.Headers[header] = value;
        }

        return Task.CompletedTask;
    };

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
    }

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        _requests.Enqueue(new Request(
            context.Request.Method, context.Request.Path, context.Request.Headers.ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value.ToString()), body.ToArray()));
        await Answer(context);
    }

    internal sealed record Request(string Method, string Path, Dictionary<string, string> Headers, byte[] Body)
    {
        public JsonElement Json => JsonElement.Parse(Body);

        public string Id => Json.GetProperty("id").GetString()!;

        public IEnumerable<JsonElement> Events => Json.GetProperty("events").EnumerateArray();

        public void IsSignedWith(string secret)
        {
            var signed = Encoding.UTF8.GetBytes($"{Headers["webhook-id"]}.{Headers["webhook-timestamp"]}.").Concat(Body).ToArray();
            Assert.Equal($"v1,{Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(secret["whsec_".Length..]), signed))}", Headers["webhook-signature"]);
            Assert.Equal(Headers["webhook-id"], Id);
            var sentAt = Json.GetProperty("sentAt").GetDateTimeOffset();
            Assert.Equal(sentAt.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture), Headers["webhook-timestamp"]);
        }
    }
}
