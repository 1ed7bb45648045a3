using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using MtaSts.Dns;
using MtaSts.Host.DnsRecords.Server;
using MtaSts.Host.Tests.Commands;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.DnsRecords.Server;

public sealed class DnsServerTests
{
    private const string Host = NameServerRig.Host;

    private static readonly byte[] Soa = Asking.Question(Asking.ZoneName, DnsType.Soa);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_flood_of_one_network_is_limited_while_another_is_answered()
    {
        await using var rig = await NameServerRig.StartAsync();
        var flood = await FloodAsync(rig.EndPoint, IPAddress.Parse("127.9.9.1"), 300);
        // Time stands still: the burst of five seconds, then every second one truncated.
        Assert.Equal((100, 100), (flood.Count(answer => answer.Answers.Count == 1), flood.Count(answer => (answer.Flags & DnsFlags.Truncated) != 0)));

        Assert.Single(await FloodAsync(rig.EndPoint, IPAddress.Parse("127.9.10.1"), 1));
        // Who is really there comes again over TCP.
        Assert.Single((await Asking.AskTcpAsync(rig.EndPoint, Soa)).Answers);

        rig.App.Clock.Advance(TimeSpan.FromSeconds(5));
        Assert.All(await FloodAsync(rig.EndPoint, IPAddress.Parse("127.9.9.2"), 10), answer => Assert.Single(answer.Answers));
    }

    [Fact]
    public async Task Garbage_is_survived_and_not_answered()
    {
        await using var rig = await NameServerRig.StartAsync();
        using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(rig.EndPoint, Cancel);
        foreach (var garbage in new[] { [], [0], new byte[11], [0, 0, 0x80, .. new byte[20]], Enumerable.Repeat((byte)0xff, 5000).ToArray() })
        {
            await socket.SendAsync(garbage, Cancel);
        }

        await socket.SendAsync(Soa, Cancel);
        var answer = new byte[2000];
        var length = await socket.ReceiveAsync(answer, bound.Token);
        Assert.Single(DnsMessage.Read(answer.AsSpan(0, length)).Answers);
    }

    [Fact]
    public async Task At_all_addresses_the_answer_comes_from_the_one_that_was_asked()
    {
        await using var rig = await NameServerRig.StartAsync(everywhere: true);
        string[] addresses = Socket.OSSupportsIPv6 ? ["127.1.2.3", "127.3.2.1", "::1"] : ["127.1.2.3", "127.3.2.1"];
        // The first question to an address comes to the socket for all, those after it to its own.
        foreach (var address in addresses.Concat(addresses).Concat(addresses))
        {
            var server = new IPEndPoint(IPAddress.Parse(address), rig.EndPoint.Port);
            Assert.Single((await Asking.AskUdpAsync(server, Soa)).Answers);
            Assert.Single((await Asking.AskTcpAsync(server, Soa)).Answers);
        }
    }

    [Fact]
    public async Task Questions_in_one_piece_are_answered_in_their_order()
    {
        await using var rig = await NameServerRig.StartAsync();
        using var connection = await TcpClientOfDns.OpenAsync(rig.EndPoint);
        byte[] all = [.. Enumerable.Range(0, 500).SelectMany(id =>
        {
            byte[] question = [(byte)(id >> 8), (byte)id, .. Soa[2..]];
            return new byte[] { (byte)(question.Length >> 8), (byte)question.Length }.Concat(question);
        })];
        await connection.SendRawAsync(all[..7]);
        await connection.SendRawAsync(all[7..]);
        for (var id = 0; id < 500; id++)
        {
            Assert.Equal(id, (await connection.ReceiveAsync())!.Id);
        }
    }

    [Theory]
    [InlineData("0000")]
    [InlineData("00030000FF")]
    [InlineData("000C000080000000000000000000")]
    [InlineData("FFFF")]
    [InlineData("16030100")]
    public async Task Who_talks_nonsense_over_TCP_is_cut_off(string hex)
    {
        await using var rig = await NameServerRig.StartAsync();
        using var connection = await TcpClientOfDns.OpenAsync(rig.EndPoint);
        await connection.SendAsync(Soa);
        Assert.NotNull(await connection.ReceiveAsync());
        await connection.SendRawAsync(Convert.FromHexString(hex));
        Assert.Null(await connection.ReceiveAsync());
    }

    [Fact]
    public async Task A_connection_at_rest_is_closed_after_ten_seconds_and_not_before()
    {
        await using var rig = await NameServerRig.StartAsync();
        using var connection = await TcpClientOfDns.OpenAsync(rig.EndPoint);
        for (var i = 0; i < 3; i++)
        {
            await connection.SendAsync(Soa);
            Assert.NotNull(await connection.ReceiveAsync());
            rig.App.Clock.Advance(TimeSpan.FromSeconds(4));
        }

        Assert.Equal(1, rig.Places.Taken);
        await ClosesAsync(rig, connection, () => Task.CompletedTask);
    }

    [Fact]
    public async Task Octets_now_and_then_do_not_keep_a_connection_open()
    {
        await using var rig = await NameServerRig.StartAsync();
        using var connection = await TcpClientOfDns.OpenAsync(rig.EndPoint);
        await connection.SendAsync(Soa);
        Assert.NotNull(await connection.ReceiveAsync());
        await connection.SendRawAsync([0x0f, 0xff]);
        await ClosesAsync(rig, connection, () => connection.SendRawAsync([0]));
    }

    [Fact]
    public async Task Who_does_not_read_his_answers_is_cut_off()
    {
        await using var rig = await NameServerRig.StartAsync();
        var large = $"large._mta-sts.{Asking.ZoneName}";
        await rig.OfferAsync(large, "TXT", [.. Enumerable.Range(10, 18).Select(i => $"\"{i}{new string('x', 198)}\"")]);
        await rig.AnswersAsync(large, DnsType.Txt, ["NOERROR"]);
        var question = Asking.Question(large, DnsType.Txt);
        const int Questions = 5000;

        using var connection = await TcpClientOfDns.OpenAsync(rig.EndPoint);
        var sending = connection.SendRawAsync([.. Enumerable.Range(0, Questions).SelectMany(_ => new byte[] { 0, (byte)question.Length }.Concat(question))]);
        await Eventually.TrueAsync(() => rig.Places.Taken == 1, "the connection is taken");
        await Eventually.TrueAsync(
            () =>
            {
                rig.App.Clock.Advance(TimeSpan.FromSeconds(1));
                return Task.FromResult(rig.Places.Taken == 0);
            },
            () => "the connection is cut off");
        await sending.ContinueWith(_ => { }, Cancel, TaskContinuationOptions.None, TaskScheduler.Default);

        var answers = 0;
        while (await connection.ReceiveAsync() is not null)
        {
            answers++;
        }

        Assert.InRange(answers, 1, Questions - 1);
    }

    [Fact]
    public async Task Connections_are_limited_by_address_and_in_all()
    {
        await using var rig = await NameServerRig.StartAsync();
        (rig.Places.Limit, rig.Places.LimitPerAddress) = (5, 3);
        using var first = await AnsweredAsync("127.5.5.1");
        using var second = await AnsweredAsync("127.5.5.1");
        using var third = await AnsweredAsync("127.5.5.1");
        await RefusedAsync("127.5.5.1");
        using var fourth = await AnsweredAsync("127.5.5.2");
        using var fifth = await AnsweredAsync("127.5.5.3");
        await RefusedAsync("127.5.5.4");

        second.Dispose();
        await Eventually.TrueAsync(() => rig.Places.Taken == 4, "the place is free again");
        using var sixth = await AnsweredAsync("127.5.5.1");

        async Task<TcpClientOfDns> AnsweredAsync(string from)
        {
            var connection = await TcpClientOfDns.OpenAsync(rig.EndPoint, IPAddress.Parse(from));
            await connection.SendAsync(Soa);
            Assert.NotNull(await connection.ReceiveAsync());
            return connection;
        }

        async Task RefusedAsync(string from)
        {
            using var connection = await TcpClientOfDns.OpenAsync(rig.EndPoint, IPAddress.Parse(from));
            Assert.Null(await connection.ReceiveAsync());
        }
    }

    [Fact]
    public void Of_IPv6_a_64_has_the_places_of_one_address()
    {
        var places = new TcpPlaces { LimitPerAddress = 1 };
        Assert.True(places.TryTake(IPAddress.Parse("2001:db8::1")));
        Assert.False(places.TryTake(IPAddress.Parse("2001:db8::2")));
        Assert.True(places.TryTake(IPAddress.Parse("2001:db8:0:1::1")));
        Assert.True(places.TryTake(IPAddress.Parse("32.1.13.184")));
        places.GiveBack(IPAddress.Parse("2001:db8::3"));
        Assert.True(places.TryTake(IPAddress.Parse("2001:db8::4")));
    }

    [Fact]
    public async Task Metrics_tell_answers_drops_limits_and_connections()
    {
        await using var rig = await NameServerRig.StartAsync();
        var meters = rig.App.Services.GetRequiredService<IMeterFactory>();
        var counted = new ConcurrentDictionary<string, long>();
        using var listener = new MeterListener();
        // Services of other tests count under the same names.
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Scope == meters && instrument.Name.StartsWith("mtasts.dns.", StringComparison.Ordinal))
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            var key = instrument.Name;
            foreach (var (_, tag) in tags)
            {
                key += $" {tag}";
            }

            counted.AddOrUpdate(key, value, (_, sum) => sum + value);
        });
        listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => counted[instrument.Name] = value);
        listener.Start();

        await rig.OfferAsync(Host, "A", "192.0.2.1");
        await Eventually.TrueAsync(() => rig.App.Services.GetRequiredService<Zone>().Records.Labels == 1, "the label is there");
        await FloodAsync(rig.EndPoint, IPAddress.Parse("127.9.9.1"), 102);
        Assert.Equal(DnsResponseCode.Refused, (await Asking.AskTcpAsync(rig.EndPoint, Asking.Question("other.test", DnsType.A))).ResponseCode);
        using (var nonsense = await TcpClientOfDns.OpenAsync(rig.EndPoint))
        {
            await nonsense.SendRawAsync([0, 0]);
            Assert.Null(await nonsense.ReceiveAsync());
        }

        await Eventually.TrueAsync(() => rig.Places.Taken == 0, "all connections are closed");
        listener.RecordObservableInstruments();
        var expected = new Dictionary<string, long>
        {
            ["mtasts.dns.answers NOERROR udp"] = 100,
            ["mtasts.dns.answers REFUSED tcp"] = 1,
            ["mtasts.dns.limited truncated"] = 2,
            ["mtasts.dns.limited dropped"] = 1,
            ["mtasts.dns.dropped"] = 1,
            ["mtasts.dns.tcp.connections"] = 2,
            ["mtasts.dns.tcp.open"] = 0,
            ["mtasts.dns.labels"] = 1,
        };
        Assert.Equal(expected.OrderBy(entry => entry.Key, StringComparer.Ordinal), counted.OrderBy(entry => entry.Key, StringComparer.Ordinal));

        Assert.Contains("mtasts_dns_answers_total{", await rig.App.Admin.GetStringAsync(new Uri("/metrics", UriKind.Relative), Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_taken_port_ends_the_start_and_is_named()
    {
        using var own = OwnAddress.Take();
        var port = own.FreePort();
        using var taken = new TcpListener(own.Address, port);
        taken.Start();
        using var program = new MtaStsProgram();

        var result = await program.RunAsync(
            "--Dns:Publisher=Embedded", "--Dns:Zone=sts.provider.test", "--Public:Addresses=192.0.2.10", $"--Dns:Embedded:Listen={own.At(port)}", "--Dns:Embedded:NameServers=ns1.provider.test");

        Assert.Equal((1, $"mtasts: Dns:Embedded:Listen: {own.At(port)} cannot be listened at over TCP: Address already in use.\n"), (result.ExitCode, result.StandardError));
    }

    [Fact]
    public async Task Servers_inside_the_zone_and_a_contact_that_is_none_are_refused_at_start()
    {
        using var program = new MtaStsProgram();

        var result = await program.RunAsync(
            "--Dns:Publisher=Embedded", "--Dns:Zone=sts.provider.test", "--Public:Addresses=192.0.2.10", "--Dns:Embedded:NameServers=ns1.sts.provider.test, nsts.provider.test", "--Dns:Embedded:Contact=a@b@");

        Assert.Equal(2, result.ExitCode);
        Assert.Equal(
            [
                "mtasts: Dns:Embedded:Contact must be a mail address, or empty.",
                "mtasts: Dns:Embedded:NameServers holds \"ns1.sts.provider.test\"; it must not lie in Dns:Zone itself.",
            ],
            result.StandardError.TrimEnd().Split('\n').Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Without_it_nothing_listens()
    {
        using var own = OwnAddress.Take();
        var endPoint = new IPEndPoint(own.Address, own.FreePort());
        await using var app = await HostApp.StartAsync(settings: [("Dns:Embedded:Listen", endPoint.ToString())]);
        await Assert.ThrowsAsync<SocketException>(() => Asking.AskTcpAsync(endPoint, Soa));
    }

    // Each octet is sent as a server sees it that waits for more: closed is closed, whatever was still on its way.
    private static async Task ClosesAsync(NameServerRig rig, TcpClientOfDns connection, Func<Task> between)
    {
        var end = connection.ReceiveAsync();
        for (var second = 0; second < 60 && rig.Places.Taken > 0; second++)
        {
            try
            {
                await between();
            }
            catch (SocketException)
            {
                // Closed already.
            }

            rig.App.Clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.Null(await end);
    }

    /// <summary>Sends so many questions and one more, whose answer shows that those before it are done with: one socket's questions are answered in their order.</summary>
    private static async Task<List<DnsMessage>> FloodAsync(IPEndPoint server, IPAddress from, int count)
    {
        using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(from, 0));
        await socket.ConnectAsync(server, bound.Token);
        for (var id = 0; id <= count; id++)
        {
            await socket.SendAsync(new byte[] { (byte)(id >> 8), (byte)id }.Concat(Soa[2..]).ToArray(), bound.Token);
        }

        var answers = new List<DnsMessage>();
        var buffer = new byte[2000];
        while (true)
        {
            var answer = DnsMessage.Read(buffer.AsSpan(0, await socket.ReceiveAsync(buffer, bound.Token)));
            if (answer.Id == count)
            {
                return answers;
            }

            answers.Add(answer);
        }
    }
}
