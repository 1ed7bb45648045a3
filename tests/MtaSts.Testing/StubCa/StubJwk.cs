using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace MtaSts.Testing;

/// <summary>A public key as clients send it. Own code, so that it does not share the mistakes of the client under test.</summary>
internal sealed class StubJwk
{
    private readonly JsonElement _json;
    private readonly Func<byte[], byte[], bool> _verify;

    private StubJwk(JsonElement json, string algorithm, string canonical, Func<byte[], byte[], bool> verify)
    {
        _json = json.Clone();
        Algorithm = algorithm;
        Thumbprint = Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)));
        _verify = verify;
    }

    public string Algorithm { get; }

    public string Thumbprint { get; }

    /// <summary>The key of the certificate that is to be revoked.</summary>
    public byte[]? SubjectPublicKeyInfo { get; private init; }

    public static StubJwk Read(JsonElement json)
    {
        switch (json.GetProperty("kty").GetString())
        {
            case "EC":
                var (algorithm, curve, hash, size) = json.GetProperty("crv").GetString() switch
                {
                    "P-256" => ("ES256", ECCurve.NamedCurves.nistP256, HashAlgorithmName.SHA256, 32),
                    "P-384" => ("ES384", ECCurve.NamedCurves.nistP384, HashAlgorithmName.SHA384, 48),
                    _ => throw new StubRefusal(400, "badPublicKey", "unknown curve"),
                };
                var x = Octets(json, "x");
                var y = Octets(json, "y");
                if (x.Length != size || y.Length != size)
                {
                    throw new StubRefusal(400, "badPublicKey", "coordinates must have the field's size");
                }

                ECParameters parameters = new() { Curve = curve, Q = new ECPoint { X = x, Y = y } };
                using (var check = ECDsa.Create(parameters))
                {
                    return new StubJwk(json, algorithm, $$"""{"crv":"{{json.GetProperty("crv").GetString()}}","kty":"EC","x":"{{json.GetProperty("x").GetString()}}","y":"{{json.GetProperty("y").GetString()}}"}""", (data, signature) =>
                    {
                        using var key = ECDsa.Create(parameters);
                        return key.VerifyData(data, signature, hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
                    })
                    { SubjectPublicKeyInfo = check.ExportSubjectPublicKeyInfo() };
                }

            case "RSA":
                RSAParameters rsaParameters = new() { Modulus = Octets(json, "n"), Exponent = Octets(json, "e") };
                using (var check = RSA.Create(rsaParameters))
                {
                    return new StubJwk(json, "RS256", $$"""{"e":"{{json.GetProperty("e").GetString()}}","kty":"RSA","n":"{{json.GetProperty("n").GetString()}}"}""", (data, signature) =>
                    {
                        using var key = RSA.Create(rsaParameters);
                        return key.VerifyData(data, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
                    })
                    { SubjectPublicKeyInfo = check.ExportSubjectPublicKeyInfo() };
                }

            default:
                throw new StubRefusal(400, "badPublicKey", "unknown kind of key");
        }
    }

    public bool Verify(byte[] data, byte[] signature) => _verify(data, signature);

    public bool Equals(JsonElement other) => JsonElement.DeepEquals(_json, other);

    private static byte[] Octets(JsonElement json, string name) => StubJws.Decode(json.GetProperty(name).GetString()!);
}
