using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace MtaSts.Testing;

/// <summary>A signed request (RFC 8555 §6.2), taken apart strictly: what a CA may refuse is refused.</summary>
internal sealed class StubJws
{
    private readonly byte[] _signed;
    private readonly byte[] _signature;

    private StubJws(JsonElement header, byte[] payload, byte[] signed, byte[] signature)
    {
        Header = header;
        Payload = payload;
        _signed = signed;
        _signature = signature;
    }

    public JsonElement Header { get; }

    public byte[] Payload { get; }

    public string? KeyId => Text("kid");

    public string? Nonce => Text("nonce");

    /// <summary>POST-as-GET (RFC 8555 §6.3).</summary>
    public bool IsRead => Payload.Length == 0;

    public static StubJws Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            return Read(JsonDocument.Parse(body).RootElement);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw new StubRefusal(400, "malformed", "not a JWS: " + exception.Message);
        }
    }

    public static StubJws Read(JsonElement jws)
    {
        if (!jws.EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal).SequenceEqual(["payload", "protected", "signature"]))
        {
            throw new StubRefusal(400, "malformed", "a flattened JWS has protected, payload and signature, and no unprotected header");
        }

        var protectedText = jws.GetProperty("protected").GetString()!;
        var payloadText = jws.GetProperty("payload").GetString()!;
        var header = JsonDocument.Parse(Decode(protectedText)).RootElement;
        return new StubJws(header, Decode(payloadText), Encoding.ASCII.GetBytes($"{protectedText}.{payloadText}"), Decode(jws.GetProperty("signature").GetString()!));
    }

    /// <summary>base64url without padding and nothing else (RFC 8555 §6.1).</summary>
    public static byte[] Decode(string text) =>
        text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_')
            ? Base64Url.DecodeFromChars(text)
            : throw new StubRefusal(400, "malformed", "not base64url without padding");

    public JsonElement PayloadJson()
    {
        try
        {
            var json = JsonDocument.Parse(Payload).RootElement;
            return json.ValueKind == JsonValueKind.Object ? json : throw new StubRefusal(400, "malformed", "the payload is not an object");
        }
        catch (JsonException)
        {
            throw new StubRefusal(400, "malformed", "the payload is not JSON");
        }
    }

    /// <summary>The key that the request carries, signed with itself.</summary>
    public StubJwk OwnKey()
    {
        if (KeyId is not null || !Header.TryGetProperty("jwk", out var jwk))
        {
            throw new StubRefusal(400, "malformed", "jwk and not kid is needed here");
        }

        var key = StubJwk.Read(jwk);
        Verify(key);
        return key;
    }

    public void Verify(StubJwk key)
    {
        if (Text("alg") != key.Algorithm)
        {
            throw new StubRefusal(400, "badSignatureAlgorithm", "alg is not that of the key");
        }

        if (!key.Verify(_signed, _signature))
        {
            throw new StubRefusal(400, "malformed", "the signature does not hold");
        }
    }

    public void VerifyMac(byte[] macKey)
    {
        if (Text("alg") != "HS256" || !CryptographicOperations.FixedTimeEquals(HMACSHA256.HashData(macKey, _signed), _signature))
        {
            throw new StubRefusal(403, "unauthorized", "the external account binding does not hold");
        }
    }

    public void RequireUrl(string url)
    {
        if (Text("url") != url)
        {
            throw new StubRefusal(401, "unauthorized", $"url in the header is {Text("url")} and not {url}");
        }
    }

    private string? Text(string name) => Header.TryGetProperty(name, out var value) ? value.GetString() : null;
}
