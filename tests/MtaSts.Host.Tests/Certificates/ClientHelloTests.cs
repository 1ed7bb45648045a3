using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using MtaSts.Host.Certificates;
using Xunit;

namespace MtaSts.Host.Tests.Certificates;

/// <summary>The reader of a client's first message alone; what it leads to on the wire, <see cref="TlsTests"/> tell.</summary>
public sealed class ClientHelloTests
{
    private const string Host = "mta-sts.example.com";

    // Not a figure of speed: a reader that hangs must fail the run instead of stopping it for ever.
    private const int HangMilliseconds = 30 * 60 * 1000;

    private static readonly byte[] Whole =
        HelloBytes.Message(HelloBytes.Grease, HelloBytes.Name(Host), HelloBytes.Groups, HelloBytes.Signatures, HelloBytes.Protocols("acme-tls/1"), HelloBytes.Tls13, HelloBytes.Extension(21, new byte[1200]));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(new[] { "acme-tls/1" }, true)]
    [InlineData(new[] { "h2", "acme-tls/1" }, false)]
    [InlineData(new[] { "acme-tls/1", "h2" }, false)]
    [InlineData(new[] { "acme-tls/1", "acme-tls/1" }, false)]
    [InlineData(new[] { "acme-tls/2" }, false)]
    [InlineData(new[] { "ACME-TLS/1" }, false)]
    [InlineData(new[] { "h2", "http/1.1" }, false)]
    public void A_CA_offers_acme_tls_and_nothing_else(string[] protocols, bool isCa)
    {
        var hello = Read(HelloBytes.Message(HelloBytes.Name(Host), HelloBytes.Protocols(protocols), HelloBytes.Tls13)).Hello;

        Assert.Equal(new ClientHello(Host, true, isCa), hello);
    }

    [Fact]
    public void A_hello_without_extensions_has_no_name() => Assert.Equal(new ClientHello(null, false, false), Read(HelloBytes.Message()).Hello);

    [Theory]
    [InlineData("mta-sts.example.com.", "mta-sts.example.com")]
    [InlineData("mta-sts.example.com..", "mta-sts.example.com.")]
    [InlineData("MTA-STS.Example.COM", "MTA-STS.Example.COM")]
    [InlineData("mta-sts.bücher.example", "")]
    [InlineData(".", "")]
    public void A_name_is_kept_as_sent_but_for_its_final_dot(string sent, string read) =>
        Assert.Equal(read, Read(HelloBytes.Message(HelloBytes.Names(Encoding.UTF8.GetBytes(sent)))).Hello?.ServerName);

    [Fact]
    public void A_name_that_is_too_long_is_no_name_of_ours() =>
        Assert.Equal("", Read(HelloBytes.Message(HelloBytes.Name(new string('a', 254)))).Hello?.ServerName);

    [Fact]
    public void Types_of_names_that_are_not_defined_are_passed_over()
    {
        byte[] list = [7, 0, 2, 1, 2, 0, .. HelloBytes.Number(Host.Length), .. Encoding.ASCII.GetBytes(Host)];
        var name = HelloBytes.Extension(0, [.. HelloBytes.Number(list.Length), .. list]);

        Assert.Equal(Host, Read(HelloBytes.Message(name)).Hello?.ServerName);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(100)]
    [InlineData(1000)]
    public void It_may_be_split_into_records_anywhere(int size)
    {
        // Few enough single bytes for the bound on records.
        var message = size == 1 ? HelloBytes.Message(HelloBytes.Name(Host), HelloBytes.Protocols("acme-tls/1"), HelloBytes.Tls13) : Whole;
        var records = HelloBytes.Records(message, size);
        var wanted = 1;
        for (; wanted < records.Length; wanted = ReadBytes(records[..wanted]).Wanted)
        {
            Assert.InRange(ReadBytes(records[..wanted]).Wanted, wanted + 1, records.Length);
        }

        Assert.Equal(new ClientHello(Host, true, true), ReadBytes(records).Hello);
    }

    [Fact]
    public void What_follows_it_is_left_alone() =>
        Assert.Equal(new ClientHello(Host, true, true), ReadBytes([.. HelloBytes.Records(Whole), 23, 3, 3, 0, 1, 0]).Hello);

    [Fact]
    public void Sixteen_KB_are_read_and_not_a_byte_more()
    {
        var head = HelloBytes.Message(HelloBytes.Name(Host), HelloBytes.Extension(21, [])).Length - 4;
        var most = HelloBytes.Message(HelloBytes.Name(Host), HelloBytes.Extension(21, new byte[ClientHello.MostBytes - head]));
        var over = HelloBytes.Message(HelloBytes.Name(Host), HelloBytes.Extension(21, new byte[ClientHello.MostBytes - head + 1]));

        Assert.Equal(Host, Read(most).Hello?.ServerName);
        // Its length alone is enough: nobody waits for the rest.
        Assert.Equal(TlsAlert.DecodeError, ReadBytes(HelloBytes.Records(over, 4)[..9]).Alert);
    }

    [Fact]
    public void More_than_a_thousand_records_are_not_a_hello() =>
        Assert.Equal(TlsAlert.DecodeError, ReadBytes(HelloBytes.Records(Whole, 1)).Alert);

    public static TheoryData<string, byte[], int> Faults => new()
    {
        { "a request of HTTP", [.. "GET / HTTP/1.1\r\n"u8], 10 },
        { "a hello of SSL 2.0", [0x80, 0x2E, 1, 3, 1, .. new byte[43]], 10 },
        { "an alert", [21, 3, 3, 0, 2, 1, 0], 10 },
        { "a record of version 2", [22, 2], 10 },
        { "an empty record", [22, 3, 1, 0, 0], 50 },
        { "a record of more than 16 KB", [22, 3, 1, 0x40, 1], 50 },
        { "another message", HelloBytes.Records([2, 0, 0, 0]), 10 },
        { "another message in two records", HelloBytes.Records([2, 0, 0, 0], 3), 10 },
        { "no random", HelloBytes.Records([1, 0, 0, 2, 3, 3]), 50 },
        { "an empty message", HelloBytes.Records([1, 0, 0, 0]), 50 },
        { "the same name twice", HelloBytes.Records(HelloBytes.Message(HelloBytes.Names([97], [97]))), 47 },
        { "two extensions with names", HelloBytes.Records(HelloBytes.Message(HelloBytes.Name(Host), HelloBytes.Name(Host))), 47 },
        { "two extensions with protocols", HelloBytes.Records(HelloBytes.Message(HelloBytes.Protocols("acme-tls/1"), HelloBytes.Protocols("h2"))), 47 },
        { "two extensions with versions", HelloBytes.Records(HelloBytes.Message(HelloBytes.Tls13, HelloBytes.Tls13)), 47 },
        { "an empty name", HelloBytes.Records(HelloBytes.Message(HelloBytes.Names([]))), 50 },
        { "no names in the list", HelloBytes.Records(HelloBytes.Message(HelloBytes.Names())), 50 },
        { "octets after the list of names", HelloBytes.Records(HelloBytes.Message(HelloBytes.Extension(0, [0, 4, 0, 0, 1, 97, 0]))), 50 },
        { "a name past the end", HelloBytes.Records(HelloBytes.Message(HelloBytes.Extension(0, [0, 5, 0, 0xFF, 0xFF, 97, 97]))), 50 },
        { "no protocols in the list", HelloBytes.Records(HelloBytes.Message(HelloBytes.Protocols())), 50 },
        { "an empty protocol", HelloBytes.Records(HelloBytes.Message(HelloBytes.Protocols(""))), 50 },
        { "half a version", HelloBytes.Records(HelloBytes.Message(HelloBytes.Extension(43, [3, 3, 4, 3]))), 50 },
        { "an extension past the end", HelloBytes.Records(HelloBytes.Message([0, 99, 0, 5, 0])), 50 },
        { "octets after the extensions", HelloBytes.Records([1, 0, 0, 47, .. HelloBytes.Message()[4..], 0, 0, 0, 0]), 50 },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void What_is_no_hello_gets_its_alert(string what, byte[] bytes, int alert) =>
        Assert.True((TlsAlert)alert == ReadBytes(bytes).Alert, $"{what}: {ReadBytes(bytes)}");

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task The_hello_of_SslStream_is_read(SslProtocols version)
    {
        var bytes = await SentAsync(async port =>
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, port, Cancel);
            await using var tls = new SslStream(client.GetStream());
            await Assert.ThrowsAnyAsync<Exception>(() => tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions { TargetHost = Host, EnabledSslProtocols = version, ApplicationProtocols = [new SslApplicationProtocol("acme-tls/1")] }, Cancel));
        });

        Assert.Equal(new ClientHello(Host, version == SslProtocols.Tls13, true), ReadBytes(bytes).Hello);
    }

    [Theory]
    [InlineData("-tls1_2", "h2,http/1.1")]
    [InlineData("-tls1_3", "acme-tls/1")]
    public async Task The_hello_of_openssl_is_read(string version, string protocols)
    {
        var bytes = await SentAsync(port => OpenSsl.RunAsync(["s_client", version, "-connect", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}"), "-servername", Host, "-alpn", protocols]));

        Assert.Equal(new ClientHello(Host, version == "-tls1_3", protocols == "acme-tls/1"), ReadBytes(bytes).Hello);
    }

    [Fact(Timeout = HangMilliseconds)]
    public async Task Seeded_hellos_never_throw_and_never_hang()
    {
        var count = int.Parse(Environment.GetEnvironmentVariable("MTASTS_FUZZ_INPUTS") ?? "50000", CultureInfo.InvariantCulture);
        // On another thread, so that the bound of the test can speak.
        await Task.Run(() =>
        {
            for (var number = 0; number < count; number++)
            {
                var failure = Record.Exception(() => HelloInputs.Run(number, HelloInputs.Make(number)));
                Assert.True(failure is null, $"Input {number}: {failure}");
            }
        }, Cancel);
    }

    [Fact]
    public void Seeded_hellos_reach_every_outcome()
    {
        // A generator that only made garbage would prove nothing.
        var readings = Enumerable.Range(0, 5000).Select(number => ReadBytes(HelloInputs.Make(number))).ToList();

        Assert.Contains(readings, reading => reading.Hello is { ServerName: Host, OffersOnlyAcme: true });
        Assert.Contains(readings, reading => reading.Hello is { ServerName: Host, OffersOnlyAcme: false, OffersTls13: true });
        Assert.Contains(readings, reading => reading.Wanted > 0);
        Assert.Equal([TlsAlert.UnexpectedMessage, TlsAlert.IllegalParameter, TlsAlert.DecodeError], readings.Where(reading => reading.Alert is not null).Select(reading => reading.Alert!.Value).Distinct().Order());
    }

    private static HelloReading Read(byte[] message) => ReadBytes(HelloBytes.Records(message));

    private static HelloReading ReadBytes(byte[] bytes) => ClientHello.Read(new ReadOnlySequence<byte>(bytes));

    /// <summary>The first that a client sends to a server that hangs up on it.</summary>
    private static async Task<byte[]> SentAsync(Func<int, Task> client)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var running = client(((IPEndPoint)listener.LocalEndpoint).Port);
        var bytes = new byte[8192];
        var length = 0;
        using (var server = await listener.AcceptTcpClientAsync(Cancel))
        {
            do
            {
                var read = await server.GetStream().ReadAsync(bytes.AsMemory(length), Cancel);
                Assert.NotEqual(0, read);
                length += read;
            }
            while (ReadBytes(bytes[..length]).Wanted > 0);
        }

        await running;
        return bytes[..length];
    }
}
