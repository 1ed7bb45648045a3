using System.Globalization;
using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using MtaSts.Dns;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.DnsRecords;
using MtaSts.Host.DnsRecords.Server;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.DnsRecords.Server;

/// <summary>The service with its own name server at an address of the test's own. The clock is the test's, also that of limits and time-outs.</summary>
internal sealed class NameServerRig : IAsyncDisposable
{
    public const string Host = $"{Asking.Label}.host.{Asking.ZoneName}";
    public const string Policy = $"{Asking.Label}._mta-sts.{Asking.ZoneName}";

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    private readonly OwnAddress _address;

    private NameServerRig(OwnAddress address, HostApp app, IPEndPoint endPoint)
    {
        _address = address;
        App = app;
        EndPoint = endPoint;
    }

    public HostApp App { get; }

    public IPEndPoint EndPoint { get; }

    public string Port => EndPoint.Port.ToString(CultureInfo.InvariantCulture);

    public TcpPlaces Places => App.Services.GetRequiredService<TcpPlaces>();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <param name="kind">Of the store.</param>
    /// <param name="postgres">Where a database is made.</param>
    /// <param name="connectionString">An existing one.</param>
    /// <param name="everywhere">Listens at all addresses, IPv6 too.</param>
    /// <param name="publishes">The loop that writes the rows runs; else the test writes them, which that loop would clear away, as no domain has them.</param>
    public static async Task<NameServerRig> StartAsync(
        StoreKind kind = StoreKind.Sqlite, PostgresServer? postgres = null, string? connectionString = null, bool everywhere = false, bool publishes = false)
    {
        var address = OwnAddress.Take();
        try
        {
            var endPoint = new IPEndPoint(address.Address, address.FreePort());
            Action<IServiceCollection>? services = publishes ? null : own => own.Without<PublishUpkeep>();
            var app = await HostApp.StartAsync(kind, postgres, connectionString, services: services, settings:
            [
                ("Dns:Publisher", "Embedded"),
                ("Dns:Zone", Asking.ZoneName),
                ("Dns:Embedded:Listen", everywhere ? $"0.0.0.0:{endPoint.Port}, [::]:{endPoint.Port}" : endPoint.ToString()),
                ("Dns:Embedded:NameServers", "ns1.provider.test, ns2.provider.test"),
                ("Dns:Authoritative", endPoint.ToString()),
                ("Dns:Resolvers", endPoint.ToString()),
                ("Public:Addresses", "192.0.2.10, 2001:db8::10"),
            ]);
            return new NameServerRig(address, app, endPoint);
        }
        catch
        {
            address.Dispose();
            throw;
        }
    }

    /// <summary>Writes the row as the publishing loop does, which has nothing more to do with it.</summary>
    /// <param name="name">Owner.</param>
    /// <param name="type">Of the RRset.</param>
    /// <param name="lines">Its records; none: it is withdrawn.</param>
    public async Task OfferAsync(string name, string type, params string[] lines)
    {
        var rows = App.Services.GetRequiredService<RecordStore>();
        var row = Row(name, type, lines.Length == 0 ? null : string.Join('\n', lines), App.Clock.GetUtcNow());
        await using var db = App.Services.GetRequiredService<Store>().Open();
        var isKnown = await db.DnsRecords.AnyAsync(known => known.Name == name && known.Type == type, Cancel);
        await rows.SaveAsync(isKnown ? [row] : [], [], Cancel, isKnown ? [] : [row]);
    }

    public static DnsRecordStatus Row(string name, string type, string? offered, DateTimeOffset? at) =>
        new() { Name = name, Type = type, Ttl = 300, Offered = offered, OfferedAt = at };

    public Task WriteAsync(Func<HostDbContext, Task> write) => App.Services.GetRequiredService<Store>().WriteAsideAsync(write, Cancel);

    public async Task<string[]> AskAsync(string name, DnsType type)
    {
        var answer = await Asking.AskUdpAsync(EndPoint, Asking.Question(name, type, new OptData(1232)));
        return [DnsText.Of(answer.ResponseCode), .. answer.Answers.Select(record => record.DataText)];
    }

    /// <summary>Waits until the server answers so. With <paramref name="advance"/> time passes meanwhile, otherwise it stands still.</summary>
    public async Task AnswersAsync(string name, DnsType type, string[] expected, bool advance = false)
    {
        // Each look is a question of its own, and time stands still.
        App.Services.GetRequiredService<RateLimit>().PerSecond = 0;
        string[] last = [];
        await Eventually.TrueAsync(
            async () =>
            {
                if (advance)
                {
                    App.Clock.Advance(Look);
                }

                last = await AskAsync(name, type);
                return last.SequenceEqual(expected);
            },
            () => $"{name} {type} is {string.Join(' ', expected)}, not {string.Join(' ', last)}");
    }

    /// <returns>What dig prints.</returns>
    public async Task<string> DigAsync(params string[] arguments)
    {
        var result = await ChildProcess.RunAsync(Requires.Program("dig", "package bind9-dnsutils"), [$"@{EndPoint.Address}", "-p", Port, "+tries=1", .. arguments]);
        Assert.True(result.ExitCode == 0, result.Output);
        return result.Output;
    }

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        _address.Dispose();
    }
}
