using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Logging;
using MtaSts.Host.Certificates;
using MtaSts.Host.Certificates.LocalCa;
using Xunit;

namespace MtaSts.Host.Tests.Certificates;

/// <summary>Handshakes with a real Kestrel.</summary>
public sealed class TlsTests : IAsyncLifetime
{
    private const string Host = "mta-sts.example.com";

    private CertificatesRig _rig = null!;

    private static CancellationToken Bound => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _rig = await CertificatesRig.StartAsync();
        await _rig.PublishAsync("example.com");
    }

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Theory]
    [InlineData(SslProtocols.Tls12, "h2")]
    [InlineData(SslProtocols.Tls12, "http/1.1")]
    [InlineData(SslProtocols.Tls13, "h2")]
    [InlineData(SslProtocols.Tls13, "http/1.1")]
    public async Task Leaf_and_intermediate_are_sent_and_lead_to_the_root(SslProtocols protocol, string application)
    {
        X509Certificate2[] sent = [];
        await using var stream = await HandshakeAsync(Host, protocol, application, (chain, _) => sent = [.. chain.ChainPolicy.ExtraStore]);

        Assert.Equal(protocol, stream.SslProtocol);
        Assert.Equal(application, Encoding.ASCII.GetString(stream.NegotiatedApplicationProtocol.Protocol.Span));
        Assert.Contains(sent, certificate => certificate.Subject.StartsWith("CN=MtaSts.Host local intermediate", StringComparison.Ordinal));
        Assert.DoesNotContain(sent, certificate => certificate.Subject.Contains("root", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Tls_1_1_is_refused() =>
#pragma warning disable SYSLIB0039, CA5397 // that it is old is the point
        await Assert.ThrowsAnyAsync<Exception>(async () => await (await HandshakeAsync(Host, SslProtocols.Tls11)).DisposeAsync());
#pragma warning restore SYSLIB0039, CA5397

    [Theory]
    [InlineData("MTA-STS.Example.COM")]
    [InlineData("mta-sts.example.com.")]
    public async Task The_name_counts_without_case_and_final_dot(string name)
    {
        var openssl = await OpenSsl.ClientAsync(_rig, "-servername", name);

        Assert.Contains("Verify return code: 0 (ok)", openssl, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_policy_host_with_A_labels_is_served()
    {
        await _rig.PublishAsync("xn--bcher-kva.example");
        await _rig.PublishAsync("xn--strae-oqa.example");

        await using var first = await HandshakeAsync("mta-sts.xn--bcher-kva.example");
        await using var second = await HandshakeAsync("mta-sts.xn--strae-oqa.example");
        Assert.Contains("Verify return code: 0 (ok)", await OpenSsl.ClientAsync(_rig, "-servername", "mta-sts.xn--bcher-kva.example"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public async Task Openssl_sees_two_certificates_that_verify(string version)
    {
        var output = await OpenSsl.ClientAsync(_rig, version, "-showcerts", "-servername", Host, "-verify_hostname", Host);

        Assert.Contains("Verify return code: 0 (ok)", output, StringComparison.Ordinal);
        Assert.Equal(2, output.Split("BEGIN CERTIFICATE").Length - 1);
    }

    [Theory]
    [InlineData("-tls1_2", "other.example.com")]
    [InlineData("-tls1_3", "other.example.com")]
    [InlineData("-tls1_3", "example.com")]
    [InlineData("-tls1_3", "mta-sts.example.com.evil.example")]
    [InlineData("-tls1_3", "mta-sts.example.com..")]
    public async Task An_unknown_name_gets_the_alert_unrecognized_name(string version, string name)
    {
        var before = _rig.UnknownNames;
        var output = await OpenSsl.ClientAsync(_rig, version, "-servername", name);

        Assert.Contains("unrecognized name", output, StringComparison.Ordinal);
        Assert.DoesNotContain("BEGIN CERTIFICATE", output, StringComparison.Ordinal);
        Assert.Equal(before + 1, _rig.UnknownNames);
    }

    [Theory]
    [InlineData("-tls1_2", "unrecognized name")]
    // RFC 8446 §9.2.
    [InlineData("-tls1_3", "missing extension")]
    public async Task No_name_gets_the_alert_of_its_version(string version, string alert)
    {
        var before = _rig.UnknownNames;
        var output = await OpenSsl.ClientAsync(_rig, version, "-noservername");

        Assert.Contains(alert, output, StringComparison.Ordinal);
        Assert.DoesNotContain("BEGIN CERTIFICATE", output, StringComparison.Ordinal);
        Assert.Equal(before + 1, _rig.UnknownNames);
    }

    [Fact]
    public async Task Refused_names_leave_no_line_at_Information_or_above()
    {
        var before = Loud().Count;
        await OpenSsl.ClientAsync(_rig, "-servername", "other.example.com");
        await OpenSsl.ClientAsync(_rig, "-noservername");
        foreach (var hello in OddHellos.All)
        {
            await AnswerAsync(hello.Data.Item2);
        }

        // A connection ends after its last log line; the next one that is served proves that all is well still.
        await using var stream = await HandshakeAsync(Host);
        Assert.Equal("", string.Join('\n', Loud().Skip(before)));
    }

    // Without the queries of the loops, which come when they come.
    private List<string> Loud() =>
        [.. _rig.Log.Lines.Where(line => line.Level >= LogLevel.Information && !line.Category.StartsWith("Microsoft.EntityFrameworkCore", StringComparison.Ordinal)).Select(line => line.Text)];

    [Theory]
    [MemberData(nameof(OddHellos.All), MemberType = typeof(OddHellos))]
    public async Task An_odd_hello_gets_an_alert_and_no_certificate(string what, byte[] hello)
    {
        var answer = await AnswerAsync(hello);

        Assert.True(answer.Length == 7 && answer[0] == 0x15 && answer[5] == 2, $"{what}: {Convert.ToHexString(answer)}");
    }

    [Fact]
    public async Task A_silent_client_is_dropped()
    {
        using var client = await ConnectAsync();

        Assert.Equal(0, await ReadAsync(client, new byte[1]));
    }

    [Fact]
    public async Task Handshakes_need_no_store()
    {
        await _rig.PublishAsync("never-used.example");
        await _rig.SavedAsync();
        _rig.TakeStoreAway();

        await using var known = await HandshakeAsync(Host);
        await using var cold = await HandshakeAsync("mta-sts.never-used.example");
        Assert.Contains("unrecognized name", await OpenSsl.ClientAsync(_rig, "-servername", "other.example"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_removed_domain_is_refused_and_its_row_goes()
    {
        await (await HandshakeAsync(Host)).DisposeAsync();
        await _rig.SavedAsync();
        _rig.Published.Remove("example.com", 1);
        await CertificatesRig.UntilAsync(() => !_rig.Vault.TryGet(Host, out _));
        await _rig.SavedAsync();

        Assert.Contains("unrecognized name", await OpenSsl.ClientAsync(_rig, "-servername", Host), StringComparison.Ordinal);
        Assert.Empty(await _rig.Get<CertificateStore>().ReadAsync([Host], Bound));
        Assert.Equal(0, _rig.Get<HotCertificates>().Count);
    }

    [Fact]
    public async Task A_replaced_certificate_is_presented_at_the_next_handshake_and_the_open_connection_goes_on()
    {
        Assert.True(_rig.Vault.TryGet(Host, out var before));
        await using var open = await HandshakeAsync(Host);
        using var issuer = await _rig.Get<LocalAuthorityStart>().OpenAsync(Bound);
        _rig.Vault.Set(issuer.Issue(Host, TimeProvider.System.GetUtcNow()));
        await using var next = await HandshakeAsync(Host);

        Assert.Equal(before.Leaf, open.RemoteCertificate!.GetRawCertData());
        Assert.NotEqual(before.Leaf, next.RemoteCertificate!.GetRawCertData());
        Assert.StartsWith("HTTP/1.1 200", await FetchAsync(open), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200", await FetchAsync(next), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_request_knows_the_name_of_its_handshake()
    {
        await using var stream = await HandshakeAsync(Host);

        Assert.StartsWith("HTTP/1.1 200", await FetchAsync(stream), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 421", await FetchAsync(stream, "mta-sts.other.example"), StringComparison.Ordinal);
    }

    private static async Task<string> FetchAsync(SslStream stream, string host = Host)
    {
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: {host}\r\n\r\n"), Bound);
        var buffer = new byte[4096];
        return Encoding.ASCII.GetString(buffer, 0, await stream.ReadAsync(buffer, Bound));
    }

    private static async Task<int> ReadAsync(TcpClient client, byte[] buffer)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(Bound);
        bound.CancelAfter(TimeSpan.FromSeconds(30));
        return await client.GetStream().ReadAsync(buffer, bound.Token);
    }

    private async Task<byte[]> AnswerAsync(byte[] hello)
    {
        using var client = await ConnectAsync();
        await client.GetStream().WriteAsync(hello, Bound);
        var all = new MemoryStream();
        var buffer = new byte[4096];
        int count;
        while ((count = await ReadAsync(client, buffer)) > 0)
        {
            all.Write(buffer, 0, count);
        }

        return all.ToArray();
    }

    private async Task<TcpClient> ConnectAsync()
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, _rig.Port, Bound);
        return client;
    }

    private async Task<SslStream> HandshakeAsync(
        string name, SslProtocols protocol = SslProtocols.None, string application = "http/1.1", Action<X509Chain, SslPolicyErrors>? see = null)
    {
        var client = await ConnectAsync();
        var stream = new SslStream(client.GetStream());
        var trust = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        trust.CustomTrustStore.ImportFromPemFile(_rig.RootPath);
        await stream.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = name,
                EnabledSslProtocols = protocol,
                ApplicationProtocols = [new SslApplicationProtocol(application)],
                CertificateChainPolicy = trust,
                RemoteCertificateValidationCallback = (_, _, chain, errors) =>
                {
                    see?.Invoke(chain!, errors);
                    return errors == SslPolicyErrors.None;
                },
            },
            Bound);
        return stream;
    }

    /// <summary>ClientHellos of TLS 1.2 that no ordinary client sends.</summary>
    internal static class OddHellos
    {
        public static TheoryData<string, byte[]> All => new()
        {
            { "two names, both ours", Hello(Names(Encoding.ASCII.GetBytes(Host), Encoding.ASCII.GetBytes(Host))) },
            { "two names, the second ours", Hello(Names(Encoding.ASCII.GetBytes("other.example"), Encoding.ASCII.GetBytes(Host))) },
            { "300 characters", Hello(Names(Encoding.ASCII.GetBytes("mta-sts." + new string('a', 300)))) },
            { "16,000 characters", Hello(Names(Encoding.ASCII.GetBytes(new string('a', 16_000)))) },
            { "U-label in UTF-8", Hello(Names(Encoding.UTF8.GetBytes("mta-sts.bücher.example"))) },
            { "no UTF-8", Hello(Names([0xFF, 0xFE, 0x80])) },
            { "a zero byte", Hello(Names(Encoding.ASCII.GetBytes(Host + "\0"))) },
            { "an address", Hello(Names(Encoding.ASCII.GetBytes("127.0.0.1"))) },
            { "an empty name", Hello(Names([])) },
            { "an empty list", Hello([0, 0, 0, 2, 0, 0]) },
            { "a length past the end", Hello([0, 0, 0, 5, 0, 3, 0, 0xFF, 0xFF]) },
            { "no extension at all", Hello([]) },
        };

        private static byte[] Names(params byte[][] names)
        {
            byte[] list = [.. names.SelectMany(name => (byte[])[0, .. Length(name.Length), .. name])];
            byte[] data = [.. Length(list.Length), .. list];
            return [0, 0, .. Length(data.Length), .. data];
        }

        private static byte[] Hello(byte[] serverName)
        {
            byte[] groups = [0, 10, 0, 4, 0, 2, 0, 23];
            byte[] signatures = [0, 13, 0, 4, 0, 2, 4, 3];
            byte[] extensions = serverName.Length == 0 ? [.. groups, .. signatures] : [.. serverName, .. groups, .. signatures];
            // Version 1.2, random, no session, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, no compression.
            byte[] body = [3, 3, .. new byte[32], 0, 0, 2, 0xC0, 0x2B, 1, 0, .. Length(extensions.Length), .. extensions];
            byte[] message = [1, 0, .. Length(body.Length), .. body];
            return [0x16, 3, 1, .. Length(message.Length), .. message];
        }

        private static byte[] Length(int length)
        {
            var bytes = new byte[2];
            BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)length);
            return bytes;
        }
    }
}
