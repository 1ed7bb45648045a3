using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MtaSts.Acme.Tests;

/// <summary>Signed requests with one thing wrong.</summary>
internal sealed class RawRequests(StubCaClient stub, AcmeAccount account)
{
    public async Task<string> NonceAsync()
    {
        var directory = await stub.Client.GetDirectoryAsync(StubCaClient.Cancellation);
        using HttpRequestMessage request = new(HttpMethod.Head, directory.NewNonce);
        using var answer = await SendAsync(request);
        return answer.Headers.GetValues("Replay-Nonce").Single();
    }

    public async Task<(int Status, string? Type)> GetAsync(Uri url)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, url);
        return await ReadAsync(request);
    }

    public async Task<(int Status, string? Type)> SendAsync(
        Uri url, string payload = "", string? nonce = null, Uri? urlInHeader = null, Uri? keyId = null, bool isDer = false, bool hasJwkToo = false,
        string mediaType = "application/jose+json")
    {
        using var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(account.Key.ExportPkcs8(), out _);
        JsonObject header = new()
        {
            ["alg"] = "ES256",
            ["kid"] = (keyId ?? account.Url).AbsoluteUri,
            ["nonce"] = nonce ?? await NonceAsync(),
            ["url"] = (urlInHeader ?? url).AbsoluteUri,
        };
        if (hasJwkToo)
        {
            var point = key.ExportParameters(includePrivateParameters: false).Q;
            header["jwk"] = new JsonObject { ["crv"] = "P-256", ["kty"] = "EC", ["x"] = Base64Url.EncodeToString(point.X), ["y"] = Base64Url.EncodeToString(point.Y) };
        }

        var signed = $"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header.ToJsonString()))}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(payload))}";
        var signature = key.SignData(
            Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, isDer ? DSASignatureFormat.Rfc3279DerSequence : DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        JsonObject jws = new() { ["protected"] = signed.Split('.')[0], ["payload"] = signed.Split('.')[1], ["signature"] = Base64Url.EncodeToString(signature) };
        using HttpRequestMessage request = new(HttpMethod.Post, url);
        request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(jws.ToJsonString()));
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(mediaType);
        return await ReadAsync(request);
    }

    private async Task<(int Status, string? Type)> ReadAsync(HttpRequestMessage request)
    {
        using var answer = await SendAsync(request);
        var body = await answer.Content.ReadAsStringAsync(StubCaClient.Cancellation);
        var type = answer.IsSuccessStatusCode ? null : JsonDocument.Parse(body).RootElement.GetProperty("type").GetString();
        return ((int)answer.StatusCode, type?.Split(':')[^1]);
    }

    private Task<HttpResponseMessage> SendAsync(HttpRequestMessage request)
    {
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("Raw", "1"));
        return stub.Http.SendAsync(request, StubCaClient.Cancellation);
    }
}
