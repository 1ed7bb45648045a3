using System.Formats.Asn1;
using System.Security.Cryptography;

namespace MtaSts.Host.Certificates.Import;

/// <summary>A key cannot be taken; the message is for people and holds nothing of the key.</summary>
internal sealed class KeyReadingException(string message) : Exception(message);

/// <summary>Private keys in the forms that programs write into PEM files.</summary>
internal static class KeyReading
{
    // RSA of 8192 bits takes 4.7 KB.
    private const int LongestKey = 16 * 1024;

    // What .NET allows a PKCS#12 file: more than any program asks for, and done in a second.
    private const int MostIterations = 300_000;

    // RFC 3279 §2.3.1 and §2.3.5.
    private const string Rsa = "1.2.840.113549.1.1.1";
    private const string Elliptic = "1.2.840.10045.2.1";

    /// <summary>Null when <paramref name="label"/> is of no private key.</summary>
    /// <exception cref="KeyReadingException">It cannot be read.</exception>
    public static FoundKey? Read(ReadOnlySpan<char> label, byte[] der, string? password)
    {
        if (!label.EndsWith("PRIVATE KEY"))
        {
            return null;
        }

        if (der.Length > LongestKey)
        {
            throw new KeyReadingException("holds a key that is too long");
        }

        try
        {
            return label switch
            {
                "PRIVATE KEY" => FromPkcs8(der),
                "RSA PRIVATE KEY" => Import(RSA.Create(), rsa => rsa.ImportRSAPrivateKey(der, out _)),
                "EC PRIVATE KEY" => Import(ECDsa.Create(), key => key.ImportECPrivateKey(der, out _)),
                "ENCRYPTED PRIVATE KEY" => FromEncrypted(der, password),
                _ => throw new KeyReadingException("holds a key that is neither RSA nor ECDSA"),
            };
        }
        catch (Exception exception) when (exception is CryptographicException or AsnContentException)
        {
            throw new KeyReadingException("holds a key that cannot be read");
        }
    }

    private static FoundKey FromPkcs8(byte[] der)
    {
        // RFC 5958 §2: version, algorithm, key.
        var reader = new AsnReader(der, AsnEncodingRules.BER).ReadSequence();
        reader.ReadInteger();
        return reader.ReadSequence().ReadObjectIdentifier() switch
        {
            Rsa => Import(RSA.Create(), rsa => rsa.ImportPkcs8PrivateKey(der, out _)),
            Elliptic => Import(ECDsa.Create(), key => key.ImportPkcs8PrivateKey(der, out _)),
            _ => throw new KeyReadingException("holds a key that is neither RSA nor ECDSA"),
        };
    }

    private static FoundKey FromEncrypted(byte[] der, string? password)
    {
        if (password is null)
        {
            throw new KeyReadingException("holds a key under a password: give it with --password-file");
        }

        if (Iterations(der) is not (> 0 and <= MostIterations))
        {
            throw new KeyReadingException("holds a key under a password that would take too long to open, or in a form that is not known here");
        }

        // What kind of key it is shows only when it is open.
        return TryImport(ECDsa.Create(), key => key.ImportEncryptedPkcs8PrivateKey(password, der, out _))
            ?? TryImport(RSA.Create(), rsa => rsa.ImportEncryptedPkcs8PrivateKey(password, der, out _))
            ?? throw new KeyReadingException("holds a key that the password does not open, or one that is neither RSA nor ECDSA");
    }

    // RFC 5208 §6: an algorithm and the encrypted key. RFC 8018: PBES1 (appendix A.3) has salt and count; PBES2 (A.4) wraps PBKDF2 (A.2),
    // which has salt and count. A count of some billions would keep the machine busy for hours.
    private static int? Iterations(byte[] der)
    {
        const string Pbes2 = "1.2.840.113549.1.5.13";
        const string Pbkdf2 = "1.2.840.113549.1.5.12";

        var algorithm = new AsnReader(der, AsnEncodingRules.BER).ReadSequence().ReadSequence();
        if (algorithm.ReadObjectIdentifier() == Pbes2)
        {
            algorithm = algorithm.ReadSequence().ReadSequence();
            if (algorithm.ReadObjectIdentifier() != Pbkdf2)
            {
                return null;
            }
        }

        var parameters = algorithm.ReadSequence();
        parameters.ReadOctetString();
        return parameters.TryReadInt32(out var count) ? count : null;
    }

    private static FoundKey? TryImport<T>(T algorithm, Action<T> import)
        where T : AsymmetricAlgorithm
    {
        try
        {
            return Import(algorithm, import);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static FoundKey Import<T>(T algorithm, Action<T> import)
        where T : AsymmetricAlgorithm
    {
        try
        {
            import(algorithm);
            return new FoundKey(algorithm);
        }
        catch
        {
            algorithm.Dispose();
            throw;
        }
    }
}
