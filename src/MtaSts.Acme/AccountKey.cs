using System.Security.Cryptography;

namespace MtaSts.Acme;

/// <summary>
/// The key of an account: ECDSA on P-256, signing as ES256 (RFC 8555 §6.2, RFC 7518 §3.4). Never use it as the key of a certificate
/// (RFC 8555 §11.1). Safe from any thread until disposed of.
/// </summary>
public sealed class AccountKey : IDisposable
{
    private readonly ECDsa _key;

    private AccountKey(ECDsa key)
    {
        _key = key;
        Signer = JwsKey.Of(key);
        Thumbprint = Signer.Thumbprint;
    }

    /// <summary>The thumbprint of the public key (RFC 7638, SHA-256, base64url): 43 characters, second half of every key authorization.</summary>
    public string Thumbprint { get; }

    internal JwsKey Signer { get; }

    /// <summary>Makes a new key.</summary>
    public static AccountKey Create() => new(ECDsa.Create(ECCurve.NamedCurves.nistP256));

    /// <summary>Reads a key that <see cref="ExportPkcs8"/> wrote.</summary>
    /// <exception cref="CryptographicException">These are not the octets of a P-256 private key.</exception>
    public static AccountKey ImportPkcs8(ReadOnlySpan<byte> pkcs8)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportPkcs8PrivateKey(pkcs8, out var read);
            return read == pkcs8.Length ? new AccountKey(Checked(key)) : throw new CryptographicException("There is more behind the key.");
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>Reads a key from PEM: <c>PRIVATE KEY</c> or <c>EC PRIVATE KEY</c>, as other clients store it.</summary>
    /// <exception cref="CryptographicException">This is not a P-256 private key.</exception>
    /// <exception cref="ArgumentException">This is not PEM, or holds more than one key.</exception>
    public static AccountKey ImportPem(ReadOnlySpan<char> pem)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            return new AccountKey(Checked(key));
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>The private key as PKCS#8, not encrypted: clear the octets after use.</summary>
    public byte[] ExportPkcs8() => _key.ExportPkcs8PrivateKey();

    /// <summary>The thumbprint; nothing of the private key.</summary>
    public override string ToString() => Thumbprint;

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    private static ECDsa Checked(ECDsa key)
    {
        if (key.KeySize != 256 || key.ExportParameters(includePrivateParameters: false).Curve.Oid.Value != ECCurve.NamedCurves.nistP256.Oid.Value)
        {
            throw new CryptographicException("An account key is one of P-256.");
        }

        // A public key alone would fail at the first request only.
        key.SignHash(stackalloc byte[32]);
        return key;
    }
}
