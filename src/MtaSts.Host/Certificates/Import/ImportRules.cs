using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MtaSts.Host.Certificates.Import;

/// <summary>Whether senders would take a certificate that was found (RFC 8461 §3.3, RFC 5280), and the chain to present with it. For one thread.</summary>
/// <param name="now">For the dates.</param>
internal sealed class ImportRules(DateTimeOffset now)
{
    private const int MostNames = 1000;
    private const int ShortestRsa = 2048;
    private const int LongestRsa = 8192;

    // RFC 5280 §4.2.1.12: id-kp-serverAuth, anyExtendedKeyUsage. RFC 5480 §2.1.1.1: the curves that certificates for TLS have.
    private const string ServerAuth = "1.3.6.1.5.5.7.3.1";
    private const string AnyUsage = "2.5.29.37.0";
    private const string EllipticKey = "1.2.840.10045.2.1";
    private const string RsaKey = "1.2.840.113549.1.1.1";
    private static readonly Dictionary<string, string> Curves = new()
    {
        ["1.2.840.10045.3.1.7"] = "ECDSA P-256",
        ["1.3.132.0.34"] = "ECDSA P-384",
        ["1.3.132.0.35"] = "ECDSA P-521",
    };

    // By issuers: a root stands behind an intermediate, whatever the leaf is.
    private readonly Dictionary<string, bool> _trusted = [];

    /// <summary>The policy hosts of a certificate and the parents of its wildcards; both empty when it is of no concern here.</summary>
    /// <exception cref="CryptographicException">Its extensions are damaged.</exception>
    public static (List<string> Hosts, List<string> Parents) NamesOf(X509Certificate2 certificate)
    {
        var (hosts, parents) = (new List<string>(), new List<string>());
        foreach (var extension in certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>())
        {
            foreach (var name in extension.EnumerateDnsNames().Take(MostNames).Select(name => name.ToLowerInvariant()))
            {
                // RFC 6125 §6.4.3: the asterisk stands for one whole label.
                var list = name.StartsWith("*.", StringComparison.Ordinal) ? parents : name.StartsWith(MailDomain.PolicyHostPrefix, StringComparison.Ordinal) ? hosts : null;
                var rest = name[(name.IndexOf('.', StringComparison.Ordinal) + 1)..];
                if (list is not null && MailDomain.TryParse(rest, out var domain, out _) && domain.Name == rest)
                {
                    list.Add(list == hosts ? domain.PolicyHost : domain.Name);
                }
            }
        }

        return ([.. hosts.Distinct()], [.. parents.Distinct()]);
    }

    /// <summary>RFC 5280 §4.2.1.9.</summary>
    public static bool IsCa(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509BasicConstraintsExtension>().Any(constraints => constraints.CertificateAuthority);

    public ImportCandidate Judge(X509Certificate2 leaf, string file, FoundFiles found, X509Certificate2Collection pool)
    {
        var (hosts, parents) = NamesOf(leaf);
        var faults = new List<string>();
        var (notBefore, notAfter) = (new DateTimeOffset(leaf.NotBefore.ToUniversalTime()), new DateTimeOffset(leaf.NotAfter.ToUniversalTime()));
        if (now >= notAfter)
        {
            faults.Add(string.Create(CultureInfo.InvariantCulture, $"ended on {notAfter:yyyy-MM-dd}"));
        }
        else if (now < notBefore)
        {
            faults.Add(string.Create(CultureInfo.InvariantCulture, $"begins on {notBefore:yyyy-MM-dd HH:mm} UTC only"));
        }

        CheckUsage(leaf, faults);
        var kind = KeyKind(leaf, faults);
        var key = found.Keys.GetValueOrDefault(Convert.ToBase64String(leaf.PublicKey.ExportSubjectPublicKeyInfo()));
        if (key is null)
        {
            faults.Add("its private key is not in the same folder");
        }
        else if (!Signs(key, leaf))
        {
            faults.Add("its private key is damaged");
            key = null;
        }

        var issuers = Issuers(leaf, pool, faults);
        return new ImportCandidate(
            file, hosts, parents, leaf.RawData, issuers, faults.Count == 0 ? key!.ExportPkcs8() : [], kind, notBefore, notAfter,
            faults.Count > 0 || IsTrusted(leaf, issuers, pool), faults);
    }

    private static void CheckUsage(X509Certificate2 leaf, List<string> faults)
    {
        if (leaf.Extensions.OfType<X509EnhancedKeyUsageExtension>().FirstOrDefault() is { } usages
            && !usages.EnhancedKeyUsages.Cast<Oid>().Any(usage => usage.Value is ServerAuth or AnyUsage))
        {
            faults.Add("is not meant for servers (extended key usage)");
        }

        // TLS 1.3, and the key exchanges of TLS 1.2 that are in use, sign (RFC 8446 §4.4.2.2).
        if (leaf.Extensions.OfType<X509KeyUsageExtension>().FirstOrDefault() is { } usage && !usage.KeyUsages.HasFlag(X509KeyUsageFlags.DigitalSignature))
        {
            faults.Add("does not allow its key to sign (key usage)");
        }
    }

    private static string KeyKind(X509Certificate2 leaf, List<string> faults)
    {
        switch (leaf.GetKeyAlgorithm())
        {
            case RsaKey:
                using (var rsa = leaf.GetRSAPublicKey()!)
                {
                    if (rsa.KeySize is < ShortestRsa or > LongestRsa)
                    {
                        faults.Add($"has an RSA key of {rsa.KeySize} bits, wanted are {ShortestRsa} to {LongestRsa}");
                    }

                    return $"RSA {rsa.KeySize}";
                }

            case EllipticKey when leaf.PublicKey.EncodedParameters is { } parameters && CurveOf(parameters.RawData) is { } curve:
                return curve;
            default:
                faults.Add("has a key that is neither RSA nor ECDSA P-256, P-384 or P-521");
                return "";
        }
    }

    private static string? CurveOf(byte[] parameters) =>
        parameters is [0x06, ..] ? Curves.GetValueOrDefault(System.Formats.Asn1.AsnDecoder.ReadObjectIdentifier(parameters, System.Formats.Asn1.AsnEncodingRules.DER, out _)) : null;

    // Only a signature proves that the private half belongs to the public one: a file may hold both and not match.
    private static bool Signs(FoundKey key, X509Certificate2 leaf)
    {
        var data = "import"u8;
        try
        {
            if (key.Algorithm is RSA rsa)
            {
                using var publicRsa = leaf.GetRSAPublicKey()!;
                return publicRsa.VerifyData(data, rsa.SignData(data.ToArray(), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            }

            using var publicKey = leaf.GetECDsaPublicKey()!;
            return publicKey.VerifyData(data, ((ECDsa)key.Algorithm).SignData(data.ToArray(), HashAlgorithmName.SHA256), HashAlgorithmName.SHA256);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    // RFC 8446 §4.4.2: each certifies the one before it; the root may be left out, for who trusts it has it.
    private byte[] Issuers(X509Certificate2 leaf, X509Certificate2Collection pool, List<string> faults)
    {
        using var chain = Chain(X509ChainTrustMode.CustomRootTrust, pool);
        chain.ChainPolicy.CustomTrustStore.AddRange(pool.Where(IsSelfIssued).ToArray());
        chain.Build(leaf);
        var broken = chain.ChainElements.SelectMany(element => element.ChainElementStatus.Select(status => (element.Certificate, status.Status)))
            .Where(each => each.Status is not (X509ChainStatusFlags.PartialChain or X509ChainStatusFlags.UntrustedRoot or X509ChainStatusFlags.NoError))
            .Where(each => !(each.Status == X509ChainStatusFlags.NotTimeValid && each.Certificate.RawDataMemory.Span.SequenceEqual(leaf.RawDataMemory.Span)))
            .ToList();
        if (IsSelfIssued(leaf))
        {
            faults.Add("is signed by itself: no sender trusts it");
        }
        else if (chain.ChainElements.Count < 2)
        {
            faults.Add("the certificate of its issuer is not there: get the intermediate from the CA and give it with --issuers");
        }
        else if (broken.Count > 0)
        {
            faults.Add($"the chain to its issuer is broken: {string.Join(", ", broken.Select(each => each.Status).Distinct())}");
        }

        return [.. chain.ChainElements.Skip(1).Select(element => element.Certificate).Where(certificate => !IsSelfIssued(certificate)).SelectMany(certificate => certificate.RawData)];
    }

    private bool IsTrusted(X509Certificate2 leaf, byte[] issuers, X509Certificate2Collection pool)
    {
        var known = Convert.ToBase64String(issuers);
        if (!_trusted.TryGetValue(known, out var isTrusted))
        {
            using var chain = Chain(X509ChainTrustMode.System, pool);
            isTrusted = chain.Build(leaf) || chain.ChainStatus.All(status => status.Status is not (X509ChainStatusFlags.PartialChain or X509ChainStatusFlags.UntrustedRoot));
            _trusted.Add(known, isTrusted);
        }

        return isTrusted;
    }

    private X509Chain Chain(X509ChainTrustMode trust, X509Certificate2Collection pool)
    {
        var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = trust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        // Nothing is fetched: an address in a certificate is its maker's choice.
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        chain.ChainPolicy.ExtraStore.AddRange(pool);
        return chain;
    }

    private static bool IsSelfIssued(X509Certificate2 certificate) =>
        certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData) && certificate.SubjectName.RawData.Length > 2;
}
