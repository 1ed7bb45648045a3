using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using MtaSts.Testing;

namespace MtaSts.Host.Tests.Whole;

/// <summary>
/// Stands between a client and Pebble and can hold the calls for a name at a point of its way, before or after Pebble saw them, for as long as
/// the client lives. Pebble takes its own URLs from the Host header, so its answers lead through here too.
/// </summary>
internal sealed class AcmeProxy : IAsyncDisposable
{
    private static readonly string[] Passed = ["Replay-Nonce", "Location", "Link", "Retry-After", "Cache-Control", "Index"];

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    private readonly PebbleServer _pebble;
    private readonly string _folder = Directory.CreateTempSubdirectory("mtasts-proxy-").FullName;
    private readonly ConcurrentDictionary<string, string> _names = new();
    private readonly ConcurrentDictionary<string, AcmePoint> _held = new();
    private readonly ConcurrentDictionary<string, int> _waiting = new();
    private readonly ConcurrentQueue<(AcmeCall Call, string Name)> _calls = new();
    private readonly HttpClient _toPebble;
    private readonly WebApplication _server;

    private AcmeProxy(OwnAddress at, PebbleServer pebble)
    {
        _pebble = pebble;
        _toPebble = TrustingClient.Create(pebble.EndpointCaFile);
        EndpointCertificate.Write(_folder, at.Address);
        Endpoint = at.At(at.FreePort());
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore();
        var certificate = X509Certificate2.CreateFromPemFile(Path.Combine(_folder, EndpointCertificate.File), Path.Combine(_folder, EndpointCertificate.KeyFile));
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPEndPoint.Parse(Endpoint), listen => listen.UseHttps(certificate)));
        _server = builder.Build();
        _server.Run(PassAsync);
    }

    public string Endpoint { get; }

    public Uri DirectoryUrl => new($"https://{Endpoint}/dir");

    public string EndpointCaFile => Path.Combine(_folder, EndpointCertificate.CaFile);

    /// <summary>Calls that Pebble has answered, in their order; the name is empty for those that belong to none.</summary>
    public IEnumerable<(AcmeCall Call, string Name)> Calls => _calls;

    public static async Task<AcmeProxy> StartAsync(OwnAddress at, PebbleServer pebble)
    {
        var proxy = new AcmeProxy(at, pebble);
        await proxy._server.StartAsync();
        return proxy;
    }

    /// <summary>The next call of this kind for the name waits, until the client is gone or <see cref="Release"/>.</summary>
    /// <param name="name">Empty for calls that belong to no name.</param>
    /// <param name="point">Where.</param>
    public void Hold(string name, AcmePoint point) => _held[name] = point;

    /// <summary>Whether a client waits at the point. No longer when the client is gone, and then the call has ended there.</summary>
    public bool IsHeld(string name) => _waiting.GetValueOrDefault(name) > 0;

    /// <summary>Nothing is held any more, and what is held goes on.</summary>
    public void Release() => _held.Clear();

    public async ValueTask DisposeAsync()
    {
        Release();
        await _server.DisposeAsync();
        _toPebble.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static AcmeCall CallOf(string path) => path.Split('/')[1] switch
    {
        "sign-me-up" => AcmeCall.NewAccount,
        "order-plz" => AcmeCall.NewOrder,
        "authZ" => AcmeCall.Authorization,
        "chalZ" => AcmeCall.Challenge,
        "finalize-order" => AcmeCall.Finalize,
        "my-order" => AcmeCall.Order,
        "certZ" => AcmeCall.Certificate,
        _ => AcmeCall.Other,
    };

    private async Task PassAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var path = context.Request.Path.Value!;
        var call = CallOf(path);
        var name = call == AcmeCall.NewOrder ? NameOfOrder(body.ToArray()) : _names.GetValueOrDefault(path, "");
        await WaitAtAsync(name, new AcmePoint(call, Done: false), context.RequestAborted);

        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), new Uri(_pebble.DirectoryUrl, path));
        request.Headers.Host = context.Request.Host.Value;
        request.Headers.TryAddWithoutValidation("User-Agent", (string?)context.Request.Headers.UserAgent);
        request.Headers.TryAddWithoutValidation("Accept", (string?)context.Request.Headers.Accept);
        if (HttpMethods.IsPost(context.Request.Method))
        {
            request.Content = new ByteArrayContent(body.ToArray());
            request.Content.Headers.TryAddWithoutValidation("Content-Type", context.Request.ContentType);
        }

        // Not the client's token: what Pebble has got it does, also when the client dies meanwhile.
        using var answer = await _toPebble.SendAsync(request);
        var content = await answer.Content.ReadAsByteArrayAsync();
        if (answer.IsSuccessStatusCode)
        {
            Learn(path, name, answer, content);
            _calls.Enqueue((call, name));
            await WaitAtAsync(name, new AcmePoint(call, Done: true), context.RequestAborted);
        }

        context.Response.StatusCode = (int)answer.StatusCode;
        context.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
        foreach (var header in Passed)
        {
            if (answer.Headers.TryGetValues(header, out var values))
            {
                context.Response.Headers[header] = values.ToArray();
            }
        }

        if (!HttpMethods.IsHead(context.Request.Method) && content.Length > 0)
        {
            await context.Response.Body.WriteAsync(content, context.RequestAborted);
        }
    }

    private async Task WaitAtAsync(string name, AcmePoint point, CancellationToken gone)
    {
        if (_held.GetValueOrDefault(name) != point)
        {
            return;
        }

        _waiting.AddOrUpdate(name, 1, (_, count) => count + 1);
        try
        {
            while (_held.GetValueOrDefault(name) == point)
            {
                await Task.Delay(Look, gone);
            }
        }
        finally
        {
            _waiting.AddOrUpdate(name, 0, (_, count) => count - 1);
        }
    }

    // RFC 8555 §7.4: the name stands in the request; all later URLs of the order stand in answers.
    private static string NameOfOrder(byte[] jws)
    {
        var payload = JsonElement.Parse(jws).GetProperty("payload").GetString()!;
        return JsonElement.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(payload)).GetProperty("identifiers")[0].GetProperty("value").GetString()!;
    }

    private void Learn(string path, string name, HttpResponseMessage answer, byte[] content)
    {
        if (name.Length == 0)
        {
            return;
        }

        if (answer.Headers.Location is { } location)
        {
            Learn(location.ToString());
        }

        if (CallOf(path) is not AcmeCall.Certificate && content.Length > 0)
        {
            var json = JsonElement.Parse(content);
            foreach (var member in new[] { "finalize", "certificate", "url" })
            {
                if (json.TryGetProperty(member, out var url))
                {
                    Learn(url.GetString()!);
                }
            }

            foreach (var url in json.TryGetProperty("authorizations", out var authorizations) ? authorizations.EnumerateArray() : [])
            {
                Learn(url.GetString()!);
            }

            foreach (var challenge in json.TryGetProperty("challenges", out var challenges) ? challenges.EnumerateArray() : [])
            {
                Learn(challenge.GetProperty("url").GetString()!);
            }
        }

        void Learn(string url) => _names[new Uri(url).AbsolutePath] = name;
    }
}
