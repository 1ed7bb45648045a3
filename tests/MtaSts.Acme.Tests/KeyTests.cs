using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MtaSts.Acme.Tests;

/// <summary>Account keys, key authorizations, challenge certificates and CSRs.</summary>
public sealed class KeyTests
{
    // RFC 7517 appendix A.2, as SEC 1 in PEM.
    private const string RfcKey = """
        -----BEGIN EC PRIVATE KEY-----
        MHcCAQEEIPO9DAeoH7kyeB7VJ1L2DMiaa+XlGTT+AZON21XY93gBoAoGCCqGSM49AwEHoUQDQgAEMKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D7gS2XpJFbZiItSs3m9+9Ue6GnvHw/GW2ZZaVtszggXIw==
        -----END EC PRIVATE KEY-----
        """;

    private const string RfcThumbprint = "cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s";

    [Fact]
    public void The_thumbprint_hashes_the_members_in_lexical_order()
    {
        using var key = AccountKey.ImportPem(RfcKey);
        Assert.Equal(RfcThumbprint, key.Thumbprint);
        Assert.Equal(RfcThumbprint, key.ToString());
    }

    [Fact]
    public void Coordinates_with_leading_zeros_keep_their_size()
    {
        // RFC 7518 §6.2.1.2. One key of 128 has such a coordinate; the thumbprint of 32 full octets is computed beside.
        var seen = 0;
        for (var number = 0; number < 10_000 && seen < 3; number++)
        {
            using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var spki = ecdsa.ExportSubjectPublicKeyInfo();
            var (x, y) = (spki[^64..^32], spki[^32..]);
            if (x[0] != 0 && y[0] != 0)
            {
                continue;
            }

            seen++;
            using var key = AccountKey.ImportPkcs8(ecdsa.ExportPkcs8PrivateKey());
            var text = $$"""{"crv":"P-256","kty":"EC","x":"{{System.Buffers.Text.Base64Url.EncodeToString(x)}}","y":"{{System.Buffers.Text.Base64Url.EncodeToString(y)}}"}""";
            Assert.Equal(System.Buffers.Text.Base64Url.EncodeToString(SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(text))), key.Thumbprint);
        }

        Assert.Equal(3, seen);
    }

    [Fact]
    public void A_key_is_exported_and_read_again()
    {
        using var key = AccountKey.Create();
        using var again = AccountKey.ImportPkcs8(key.ExportPkcs8());
        Assert.Equal(key.Thumbprint, again.Thumbprint);
        Assert.Equal(43, key.Thumbprint.Length);
    }

    [Fact]
    public void Other_keys_are_refused()
    {
        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var brainpool = ECDsa.Create(ECCurve.NamedCurves.brainpoolP256r1);
        using var rsa = RSA.Create(2048);
        using var good = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Assert.ThrowsAny<CryptographicException>(() => AccountKey.ImportPkcs8(p384.ExportPkcs8PrivateKey()));
        Assert.ThrowsAny<CryptographicException>(() => AccountKey.ImportPkcs8(brainpool.ExportPkcs8PrivateKey()));
        Assert.ThrowsAny<CryptographicException>(() => AccountKey.ImportPkcs8(rsa.ExportPkcs8PrivateKey()));
        Assert.ThrowsAny<CryptographicException>(() => AccountKey.ImportPkcs8([.. good.ExportPkcs8PrivateKey(), 0]));
        Assert.ThrowsAny<CryptographicException>(() => AccountKey.ImportPkcs8([1, 2, 3]));
        Assert.ThrowsAny<CryptographicException>(() => AccountKey.ImportPem(good.ExportSubjectPublicKeyInfoPem()));
        Assert.ThrowsAny<ArgumentException>(() => AccountKey.ImportPem("nothing"));
    }

    [Fact]
    public void An_account_shows_nothing_of_its_key()
    {
        using var key = AccountKey.Create();
        AcmeAccount account = new(new Uri("https://ca.test/account/1"), key);
        Assert.Equal($"AcmeAccount {{ Url = https://ca.test/account/1, Key = {key.Thumbprint} }}", account.ToString());
    }

    [Fact]
    public void A_key_authorization_has_the_form_of_each_challenge()
    {
        // RFC 8555 §8.1, §8.4 and RFC 8737 §3; values computed with another program.
        var text = "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0." + RfcThumbprint;
        Assert.True(KeyAuthorization.TryParse(text, out var answer));
        Assert.Equal(("LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0", text), (answer.Token, answer.Text));
        Assert.Equal("/.well-known/acme-challenge/LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0", answer.HttpPath);
        Assert.Equal("wn1ZPTIRWdTy7Z5rBKOO56eIDzQg5zQPpXdYhpHqnIE", answer.DnsTxtValue);
        Assert.Equal("c27d593d321159d4f2ed9e6b04a38ee7a7880f3420e7340fa577588691ea9c81", Convert.ToHexStringLower(answer.TlsAlpnDigest()));

        using var key = AccountKey.ImportPem(RfcKey);
        Assert.Equal(text, KeyAuthorization.Create(Challenge("LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0"), key).Text);
        Assert.Throws<AcmeException>(() => KeyAuthorization.Create(Challenge(null), key));

        static AcmeChallenge Challenge(string? token) =>
            new() { Url = new Uri("https://ca.test/c"), Type = "http-01", Status = ChallengeStatus.Pending, StatusWord = "pending", Token = token };
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("token")]
    [InlineData(".cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s")]
    [InlineData("token.short")]
    [InlineData("../token.cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s")]
    [InlineData("tok en.cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s")]
    [InlineData("token.cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-=")]
    [InlineData("tökén.cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s")]
    public void What_is_no_key_authorization_is_not_read_as_one(string? text) => Assert.False(KeyAuthorization.TryParse(text, out _));

    [Fact]
    public void A_challenge_certificate_is_as_RFC_8737_wants_it()
    {
        var digest = SHA256.HashData("x"u8);
        var now = DateTimeOffset.UtcNow;
        using var certificate = TlsAlpnCertificate.Create("mta-sts.example.test", digest, now);
        Assert.True(certificate.HasPrivateKey);
        Assert.Equal(certificate.Issuer, certificate.Subject);
        Assert.Equal(["mta-sts.example.test"], certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single().EnumerateDnsNames());
        var extension = certificate.Extensions.Single(extension => extension.Oid!.Value == "1.3.6.1.5.5.7.1.31");
        Assert.True(extension.Critical);
        Assert.Equal(digest, new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadOctetString());
        Assert.InRange(now.UtcDateTime, certificate.NotBefore.ToUniversalTime(), certificate.NotAfter.ToUniversalTime());
        Assert.Throws<ArgumentException>(() => TlsAlpnCertificate.Create("mta-sts.example.test", digest.AsSpan(1), now));
    }

    [Fact]
    public void A_CSR_has_its_names_in_the_alternative_name_only()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = CertificateRequest.LoadSigningRequest(
            AcmeCertificateRequest.Create(["mta-sts.a.test", "mta-sts.b.test"], key), HashAlgorithmName.SHA256, CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions);
        Assert.Equal("", request.SubjectName.Name);
        var extension = Assert.Single(request.CertificateExtensions);
        Assert.True(extension.Critical);
        Assert.Equal(["mta-sts.a.test", "mta-sts.b.test"], Assert.IsType<X509SubjectAlternativeNameExtension>(extension).EnumerateDnsNames());
        Assert.Equal(key.ExportSubjectPublicKeyInfo(), request.PublicKey.ExportSubjectPublicKeyInfo());
        Assert.Throws<ArgumentException>(() => AcmeCertificateRequest.Create([], key));
    }
}
