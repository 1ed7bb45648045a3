using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;
using MtaSts.Host.Certificates.Challenges;
using Xunit;

namespace MtaSts.Host.Tests.Certificates.Challenges;

/// <summary>tls-alpn-01 (RFC 8737) beside senders, with a real Kestrel and real clients.</summary>
public sealed partial class TlsAlpnTests : IAsyncLifetime
{
    private const string Host = "mta-sts.example.com";
    private const string NewHost = "mta-sts.new.example";
    private const string Token = "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA";
    private const string KeyAuthorization = Token + ".9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI";

    private CertificatesRig _rig = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private ChallengeAnswers Answers => _rig.Get<ChallengeAnswers>();

    public async ValueTask InitializeAsync()
    {
        _rig = await CertificatesRig.StartAsync();
        await _rig.PublishAsync("example.com");
    }

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Theory]
    [InlineData("-tls1_2", Host)]
    [InlineData("-tls1_3", Host)]
    [InlineData("-tls1_3", NewHost)]
    public async Task A_CA_gets_the_certificate_of_RFC_8737_also_for_a_name_that_has_none_yet(string version, string host)
    {
        await PutAsync(host);

        var output = await OpenSsl.ClientAsync(_rig, version, "-servername", host, "-alpn", "acme-tls/1");

        Assert.Contains("ALPN protocol: acme-tls/1", output, StringComparison.Ordinal);
        using var certificate = X509Certificate2.CreateFromPem(output);
        var names = Assert.Single(certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>());
        Assert.Equal([host], names.EnumerateDnsNames());
        Assert.Empty(names.EnumerateIPAddresses());
        var identifier = Assert.Single(certificate.Extensions, extension => extension.Oid!.Value == "1.3.6.1.5.5.7.1.31");
        Assert.True(identifier.Critical);
        // §3: the DER form of an OCTET STRING of 32 octets, the digest of the key authorization.
        Assert.Equal([0x04, 0x20, .. SHA256.HashData(Encoding.ASCII.GetBytes(KeyAuthorization))], identifier.RawData);
        Assert.Equal(certificate.IssuerName.RawData, certificate.SubjectName.RawData);
    }

    [Fact]
    public async Task Openssl_reads_the_extension_as_the_RFC_has_it()
    {
        await PutAsync(Host);
        var output = await OpenSsl.ClientAsync(_rig, "-servername", Host, "-alpn", "acme-tls/1");
        var file = Path.Combine(_rig.Folder, "challenge.pem");
        await File.WriteAllTextAsync(file, Pem().Match(output).Value, Cancel);

        var asn1 = await OpenSsl.RunAsync(["asn1parse", "-in", file]);

        var digest = Convert.ToHexString(SHA256.HashData(Encoding.ASCII.GetBytes(KeyAuthorization)));
        Assert.Matches($@"OBJECT +:1\.3\.6\.1\.5\.5\.7\.1\.31\n.*BOOLEAN +:255\n.*OCTET STRING +\[HEX DUMP\]:0420{digest}\n", asn1);
        Assert.Contains($"X509v3 Subject Alternative Name: \n                DNS:{Host}\n", await OpenSsl.RunAsync(["x509", "-in", file, "-noout", "-text"]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Nothing_follows_the_handshake(SslProtocols version)
    {
        await PutAsync(Host);
        await using var stream = await HandshakeAsync(Host, ["acme-tls/1"], version: version);

        Assert.Equal("acme-tls/1", Encoding.ASCII.GetString(stream.NegotiatedApplicationProtocol.Protocol.Span));
        // close_notify, and no word before it.
        Assert.Equal(0, await stream.ReadAsync(new byte[1], Cancel));
    }

    [Fact]
    public async Task Senders_are_served_as_ever_while_a_challenge_is_open()
    {
        await PutAsync(Host);
        Assert.True(_rig.Vault.TryGet(Host, out var own));
        foreach (var (offered, wanted) in new (string[], string)[]
        {
            (["h2"], "h2"), (["http/1.1"], "http/1.1"), (["h2", "http/1.1"], "h2"), ([], ""), (["acme-tls/1", "h2"], "h2"), (["http/1.1", "acme-tls/1"], "http/1.1"),
        })
        {
            await using var stream = await HandshakeAsync(Host, offered);
            Assert.Equal(wanted, Encoding.ASCII.GetString(stream.NegotiatedApplicationProtocol.Protocol.Span));
            Assert.Equal(own.Leaf, stream.RemoteCertificate!.GetRawCertData());
        }
    }

    [Theory]
    [InlineData("-tls1_2", Host)]
    [InlineData("-tls1_3", Host)]
    [InlineData("-tls1_3", NewHost)]
    [InlineData("-tls1_3", "other.example")]
    public async Task Without_an_open_challenge_there_is_no_such_protocol(string version, string host)
    {
        var output = await OpenSsl.ClientAsync(_rig, version, "-servername", host, "-alpn", "acme-tls/1");

        Assert.Contains("no application protocol", output, StringComparison.Ordinal);
        Assert.DoesNotContain("BEGIN CERTIFICATE", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_to_another_type_of_challenge_is_none()
    {
        await Answers.PutAsync(Host, Token, OpenAnswer.Http, KeyAuthorization, TimeSpan.FromHours(1), Cancel);

        Assert.Contains("no application protocol", await OpenSsl.ClientAsync(_rig, "-servername", Host, "-alpn", "acme-tls/1"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_removed_answer_is_no_longer_given()
    {
        await PutAsync(Host);
        await (await HandshakeAsync(Host, ["acme-tls/1"])).DisposeAsync();
        await Answers.RemoveAsync(Host, Token, Cancel);

        Assert.Contains("no application protocol", await OpenSsl.ClientAsync(_rig, "-servername", Host, "-alpn", "acme-tls/1"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_several_answers_the_newest_is_given()
    {
        await PutAsync(Host);
        const string later = "later-token-of-22-letters";
        await Answers.PutAsync(Host, later, OpenAnswer.TlsAlpn, later + ".thumbprint", TimeSpan.FromHours(1), Cancel);
        await using var stream = await HandshakeAsync(Host, ["acme-tls/1"]);

        Assert.Equal(SHA256.HashData(Encoding.ASCII.GetBytes(later + ".thumbprint")), Digest(stream));
    }

    [Fact]
    public async Task Many_answers_leave_few_certificates_in_memory()
    {
        var tokens = Enumerable.Range(0, 100).Select(i => $"token-number-{i:D10}").ToList();
        foreach (var token in tokens)
        {
            await Answers.PutAsync($"mta-sts.{token}.example", token, OpenAnswer.TlsAlpn, token + ".thumbprint", TimeSpan.FromHours(1), Cancel);
            await (await HandshakeAsync($"mta-sts.{token}.example", ["acme-tls/1"])).DisposeAsync();
        }

        Assert.Equal(64, _rig.Get<ChallengeCertificates>().Count);
        // The first was given up and is made anew.
        await using var stream = await HandshakeAsync($"mta-sts.{tokens[0]}.example", ["acme-tls/1"]);
        Assert.Equal(SHA256.HashData(Encoding.ASCII.GetBytes(tokens[0] + ".thumbprint")), Digest(stream));
    }

    [Fact]
    public async Task While_the_store_is_away_this_nodes_answers_are_given_and_senders_served()
    {
        await PutAsync(Host);
        _rig.TakeStoreAway();

        await using var ca = await HandshakeAsync(Host, ["acme-tls/1"]);
        Assert.NotEmpty(Digest(ca));
        await using var sender = await HandshakeAsync(Host, ["h2"]);
        // Whether another node has an answer cannot be known: no other alert than that.
        Assert.Contains("internal error", await OpenSsl.ClientAsync(_rig, "-servername", NewHost, "-alpn", "acme-tls/1"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 16 * 1024)]
    [InlineData(50, 16 * 1024)]
    [InlineData(100, 7)]
    [InlineData(16 * 1024, 1)]
    [InlineData(16 * 1024, 100)]
    public async Task A_hello_split_into_records_and_segments_is_answered_like_any_other(int recordBytes, int segmentBytes)
    {
        await PutAsync(NewHost);
        foreach (var version in new[] { SslProtocols.Tls12, SslProtocols.Tls13 })
        {
            await using var sender = await HandshakeAsync(Host, ["h2"], recordBytes, segmentBytes, version);
            Assert.Equal(SslApplicationProtocol.Http2, sender.NegotiatedApplicationProtocol);
            Assert.True(_rig.Vault.TryGet(Host, out var own));
            Assert.Equal(own.Leaf, sender.RemoteCertificate!.GetRawCertData());

            await using var ca = await HandshakeAsync(NewHost, ["acme-tls/1"], recordBytes, segmentBytes, version);
            Assert.Equal(SHA256.HashData(Encoding.ASCII.GetBytes(KeyAuthorization)), Digest(ca));
        }
    }

    [Fact]
    public async Task A_long_hello_is_answered()
    {
        // Key shares of post-quantum groups and padding make some 2 KB; here it is long by its protocols.
        var protocols = Enumerable.Range(0, 60).Select(i => new string((char)('a' + (i % 26)), 200) + i).Append("h2").ToArray();
        await using var stream = await HandshakeAsync(Host, protocols);

        Assert.Equal(SslApplicationProtocol.Http2, stream.NegotiatedApplicationProtocol);
    }

    private static byte[] Digest(SslStream stream)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(stream.RemoteCertificate!.GetRawCertData());
        return certificate.Extensions.Single(extension => extension.Oid!.Value == "1.3.6.1.5.5.7.1.31").RawData[2..];
    }

    private Task PutAsync(string host) => Answers.PutAsync(host, Token, OpenAnswer.TlsAlpn, KeyAuthorization, TimeSpan.FromHours(1), Cancel);

    private async Task<SslStream> HandshakeAsync(
        string host, string[] protocols, int recordBytes = 16 * 1024, int segmentBytes = 16 * 1024, SslProtocols version = SslProtocols.None)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, _rig.Port, Cancel);
        var connection = new SplitHelloStream(socket, recordBytes, segmentBytes);
        var stream = new SslStream(connection);
        try
        {
            await stream.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = host,
                    EnabledSslProtocols = version,
                    ApplicationProtocols = [.. protocols.Select(protocol => new SslApplicationProtocol(protocol))],
                    RemoteCertificateValidationCallback = (_, _, _, _) => true,
                },
                Cancel);
            Assert.True(connection.IsSent);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    [GeneratedRegex("-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", RegexOptions.Singleline)]
    private static partial Regex Pem();
}
