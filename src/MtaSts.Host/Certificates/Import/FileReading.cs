using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace MtaSts.Host.Certificates.Import;

/// <summary>What the files of one folder hold. Dispose it to let go of certificates and keys.</summary>
internal sealed class FoundFiles : IDisposable
{
    private readonly HashSet<string> _thumbprints = [];

    public List<(X509Certificate2 Certificate, string File)> Certificates { get; } = [];

    /// <summary>By public key.</summary>
    public Dictionary<string, FoundKey> Keys { get; } = [];

    /// <summary>The same certificate in several files (cert.pem, fullchain.pem) counts once. Takes it over.</summary>
    public void Add(X509Certificate2 certificate, string file)
    {
        if (_thumbprints.Add(certificate.GetCertHashString(HashAlgorithmName.SHA256)))
        {
            Certificates.Add((certificate, file));
        }
        else
        {
            certificate.Dispose();
        }
    }

    public void Add(FoundKey key)
    {
        if (!Keys.TryAdd(key.PublicKey, key))
        {
            key.Dispose();
        }
    }

    public void Dispose()
    {
        Certificates.ForEach(found => found.Certificate.Dispose());
        foreach (var key in Keys.Values)
        {
            key.Dispose();
        }
    }
}

/// <summary>Certificates and keys out of a file's bytes: PEM, DER or PKCS#12, whatever its name says.</summary>
internal static class FileReading
{
    private const int MostInOneFile = 1000;

    // ERROR_INVALID_PASSWORD, on all systems.
    private const int WrongPassword = unchecked((int)0x80070056);

    // .NET's own limits, written down: a file may not ask for hours of key derivation.
    private static readonly Pkcs12LoaderLimits Limits = new()
    {
        MacIterationLimit = 300_000,
        IndividualKdfIterationLimit = 300_000,
        TotalKdfIterationLimit = 1_000_000,
        MaxCertificates = 200,
        MaxKeys = 200,
    };

    /// <summary>Faults go to <paramref name="complain"/>; what can be read is taken all the same.</summary>
    public static void Read(byte[] content, string name, string? password, FoundFiles found, Action<string> complain)
    {
        try
        {
            if (name.EndsWith(".pfx", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".p12", StringComparison.OrdinalIgnoreCase))
            {
                ReadPkcs12(content, name, password, found, complain);
            }
            else if (content[0] == 0x30)
            {
                // A SEQUENCE: DER, which some programs write into .cer and .crt.
                found.Add(X509CertificateLoader.LoadCertificate(content), name);
            }
            else
            {
                ReadPem(content, name, password, found, complain);
            }
        }
        catch (CryptographicException)
        {
            complain("holds a certificate that cannot be read");
        }
    }

    private static void ReadPem(byte[] content, string name, string? password, FoundFiles found, Action<string> complain)
    {
        // Only ASCII means anything here; other bytes stand in comments.
        var text = Encoding.Latin1.GetString(content);
        if (text.Contains("Proc-Type: 4,ENCRYPTED", StringComparison.Ordinal))
        {
            complain("holds a key under a password in OpenSSL's old form: convert it with openssl pkcs8 -topk8");
        }
        else if (!PemEncoding.TryFind(text, out _))
        {
            complain("holds nothing in PEM");
        }

        var rest = text.AsSpan();
        var count = 0;
        while (PemEncoding.TryFind(rest, out var fields))
        {
            if (++count > MostInOneFile)
            {
                complain($"holds more than {MostInOneFile} parts, the others were left out");
                return;
            }

            ReadPart(rest[fields.Label], rest[fields.Base64Data], fields.DecodedDataLength, name, password, found, complain);
            rest = rest[fields.Location.End..];
        }
    }

    private static void ReadPart(
        ReadOnlySpan<char> label, ReadOnlySpan<char> base64, int length, string name, string? password, FoundFiles found, Action<string> complain)
    {
        var der = new byte[length];
        Convert.TryFromBase64Chars(base64, der, out _);
        try
        {
            if (label is "CERTIFICATE" or "X509 CERTIFICATE")
            {
                found.Add(X509CertificateLoader.LoadCertificate(der), name);
            }
            else if (KeyReading.Read(label, der, password) is { } key)
            {
                found.Add(key);
            }
        }
        catch (KeyReadingException exception)
        {
            complain(exception.Message);
        }
        catch (CryptographicException)
        {
            complain("holds a certificate that cannot be read");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(der);
        }
    }

    private static void ReadPkcs12(byte[] content, string name, string? password, FoundFiles found, Action<string> complain)
    {
        try
        {
            Take(X509CertificateLoader.LoadPkcs12Collection(content, password, X509KeyStorageFlags.Exportable, Limits), name, found);
        }
        catch (Pkcs12LoadLimitExceededException)
        {
            complain("asks for more work to open it than is allowed");
        }
        catch (CryptographicException exception) when (exception.HResult == WrongPassword)
        {
            complain(password is null ? "is under a password: give it with --password-file" : "is not opened by the password");
        }
        catch (CryptographicException)
        {
            complain("is no PKCS#12 file that can be read");
        }
    }

    private static void Take(X509Certificate2Collection certificates, string name, FoundFiles found)
    {
        foreach (var certificate in certificates)
        {
            if (certificate.HasPrivateKey)
            {
                AsymmetricAlgorithm? key = certificate.GetECDsaPrivateKey();
                key ??= certificate.GetRSAPrivateKey();
                if (key is not null)
                {
                    found.Add(new FoundKey(key));
                }
            }

            // Without the key that came with it: keys are found by their public half, whatever file they are in.
            found.Add(X509CertificateLoader.LoadCertificate(certificate.RawDataMemory.Span), name);
            certificate.Dispose();
        }
    }
}
