using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Certificates.LocalCa;

/// <summary>Signs leaves with the intermediate of the local CA. For one thread.</summary>
internal sealed class LocalIssuer : IDisposable
{
    private static readonly TimeSpan LeafLife = TimeSpan.FromDays(90);
    private static readonly X500DistinguishedName NoName = new([0x30, 0x00]);
    private static readonly X509Extension ServerAuth = new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false);
    private static readonly X509Extension Signatures = new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true);
    private static readonly X509Extension NoAuthority = new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true);

    private readonly KeySealing _sealing;
    private readonly ECDsa _key;
    private readonly X509SignatureGenerator _signer;
    private readonly X500DistinguishedName _name;
    private readonly X509Extension _keyIdentifier;
    private readonly byte[] _issuers;

    /// <exception cref="KeySealingException">The intermediate's key cannot be opened.</exception>
    public LocalIssuer(LocalAuthority authority, KeySealing sealing)
    {
        _sealing = sealing;
        using var intermediate = X509Certificate2.CreateFromPem(authority.IntermediatePem);
        var pkcs8 = sealing.Open(authority.SealedIntermediateKey, LocalAuthorityMaking.SealingPurpose);
        _key = ECDsa.Create();
        _key.ImportPkcs8PrivateKey(pkcs8, out _);
        CryptographicOperations.ZeroMemory(pkcs8);
        _signer = X509SignatureGenerator.CreateForECDsa(_key);
        _name = intermediate.SubjectName;
        _keyIdentifier = X509AuthorityKeyIdentifierExtension.CreateFromCertificate(intermediate, includeKeyIdentifier: true, includeIssuerAndSerial: false);
        _issuers = intermediate.RawData;
        NotAfter = intermediate.NotAfter.ToUniversalTime();
    }

    /// <summary>No leaf lives longer.</summary>
    public DateTimeOffset NotAfter { get; }

    public bool HasIssued(HostCertificate certificate) => certificate.Issuers.AsSpan().SequenceEqual(_issuers);

    /// <summary>An hour back, for clients whose clock is behind; whole seconds, as certificates have them.</summary>
    public static DateTimeOffset Backdated(DateTimeOffset now) => DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds() - 3600);

    /// <summary>128 bits, positive (RFC 5280 §4.1.2.2); the first bits are set so that all have one length.</summary>
    public static byte[] NewSerial()
    {
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = (byte)((serial[0] & 0x3F) | 0x40);
        return serial;
    }

    public HostCertificate Issue(string host, DateTimeOffset now)
    {
        var notBefore = Backdated(now);
        var notAfter = notBefore + LeafLife < NotAfter ? notBefore + LeafLife : NotAfter;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        // A host of more than 64 characters fits no CN, and nobody may read it (RFC 8461 §3.3): no subject at all, for short ones too.
        var request = new CertificateRequest(NoName, new PublicKey(key), HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(NoAuthority);
        request.CertificateExtensions.Add(Signatures);
        request.CertificateExtensions.Add(ServerAuth);
        request.CertificateExtensions.Add(AlternativeName(host));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        request.CertificateExtensions.Add(_keyIdentifier);
        using var leaf = request.Create(_name, _signer, notBefore, notAfter, NewSerial());

        var pkcs8 = key.ExportPkcs8PrivateKey();
        var sealedKey = _sealing.Seal(pkcs8, HostCertificate.SealingPurpose(host));
        CryptographicOperations.ZeroMemory(pkcs8);
        return new HostCertificate(host, leaf.RawData, _issuers, sealedKey, notBefore, notAfter);
    }

    public void Dispose() => _key.Dispose();

    // RFC 5280 §4.2.1.6: critical when the subject is empty. Written by hand because SubjectAlternativeNameBuilder maps names by IDNA
    // again and refuses some that are in DNS; ours are A-labels already.
    private static X509SubjectAlternativeNameExtension AlternativeName(string host)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteCharacterString(UniversalTagNumber.IA5String, host, new Asn1Tag(TagClass.ContextSpecific, 2));
        }

        return new X509SubjectAlternativeNameExtension(writer.Encode(), critical: true);
    }
}
