using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace MtaSts.Acme;

/// <summary>Signs, and shows its public half as a JWK (RFC 7517). Account keys are ES256; keys of certificates to be revoked may be others.</summary>
internal sealed class JwsKey
{
    private readonly Func<byte[], byte[]> _sign;
    private readonly (string Name, string Value)[] _members;
    private readonly Lock _lock = new();

    private JwsKey(string algorithm, Func<byte[], byte[]> sign, params (string Name, string Value)[] members)
    {
        Algorithm = algorithm;
        _sign = sign;
        _members = members;
    }

    public string Algorithm { get; }

    /// <remarks>RFC 7638 §3.2: the required members in lexical order without white space; none of the values needs escaping.</remarks>
    public string Thumbprint =>
        Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes($"{{{string.Join(',', _members.Select(member => $"\"{member.Name}\":\"{member.Value}\""))}}}")));

    public static JwsKey Of(ECDsa key)
    {
        var point = key.ExportParameters(includePrivateParameters: false);
        var (algorithm, curve, hash) = point.Curve.Oid.Value switch
        {
            "1.2.840.10045.3.1.7" => ("ES256", "P-256", HashAlgorithmName.SHA256),
            "1.3.132.0.34" => ("ES384", "P-384", HashAlgorithmName.SHA384),
            _ => throw new ArgumentException("Of ECDSA keys only those of P-256 and P-384 can sign for ACME.", nameof(key)),
        };
        // RFC 7518 §6.2.1.2: coordinates have the full size of the field, which ExportParameters keeps to. §3.4: the signature is r‖s, SignData's default.
        return new JwsKey(
            algorithm, data => key.SignData(data, hash),
            ("crv", curve), ("kty", "EC"), ("x", Base64Url.EncodeToString(point.Q.X)), ("y", Base64Url.EncodeToString(point.Q.Y)));
    }

    public static JwsKey Of(RSA key)
    {
        var number = key.ExportParameters(includePrivateParameters: false);
        return new JwsKey(
            "RS256", data => key.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
            ("e", Base64Url.EncodeToString(number.Exponent)), ("kty", "RSA"), ("n", Base64Url.EncodeToString(number.Modulus)));
    }

    public byte[] Sign(byte[] data)
    {
        // The framework's key objects promise nothing to several threads.
        lock (_lock)
        {
            return _sign(data);
        }
    }

    public void WriteJwk(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        foreach (var (name, value) in _members)
        {
            writer.WriteString(name, value);
        }

        writer.WriteEndObject();
    }

    public byte[] ToJwk() => JsonText.Write(WriteJwk);
}
