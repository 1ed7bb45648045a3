using System.Net;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using MtaSts.Dns;
using MtaSts.Host.Lookups;

namespace MtaSts.Host.DnsRecords.Publishers;

/// <summary>Dynamic updates (RFC 2136) to the zone's primary server, signed (RFC 8945): one message for a batch, applied whole or not at all. The zone is listed by a transfer (RFC 5936) with the same key.</summary>
internal sealed class Rfc2136Publisher : IDnsPublisher, IZoneListing, IDisposable
{
    private readonly DnsName _zone;
    private readonly DnsUpdateClient _client;
    private readonly DnsTransferClient _transfers;

    public Rfc2136Publisher(IOptions<DnsOptions> options, TimeProvider clock)
    {
        var settings = options.Value.Rfc2136;
        var server = ServerAddress.TryParse(settings.Server, out var parsed) ? parsed : throw new FormatException(settings.Server);
        _zone = DnsName.Parse(options.Value.Zone);
        // A name is looked up at each new connection: a server in a container may come back with another address.
        EndPoint to = IPAddress.TryParse(server.Host, out var address) ? new IPEndPoint(address, server.Port) : new DnsEndPoint(server.Host, server.Port);
        var key = TsigKey.Parse(settings.KeyName, settings.KeyAlgorithm, settings.KeySecret);
        _client = new DnsUpdateClient(to, key, clock);
        _transfers = new DnsTransferClient(to, key, clock);
    }

    public int LargestBatch => 200;

    public async Task ApplyAsync(IReadOnlyList<RecordChange> changes, CancellationToken cancellationToken)
    {
        var update = new DnsUpdate(_zone);
        foreach (var change in changes)
        {
            var name = DnsName.Parse(change.Name);
            if (change.Data.Count == 0)
            {
                update.DeleteRecords(name, RecordText.TypeOf(change.Type));
            }
            else
            {
                update.ReplaceRecords(name, (uint)change.Ttl, [.. change.Data.Select(data => RecordText.Read(change.Type, data))]);
            }
        }

        try
        {
            await _client.ApplyAsync(update, cancellationToken);
        }
        catch (DnsException exception)
        {
            throw new DnsPublishException(Code("dns.update.", exception.Kind), exception.Message, inner: exception, isTransient: IsForAll(exception.Kind));
        }
    }

    public async IAsyncEnumerable<ListedRecord> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var records = _transfers.ReadAsync(_zone, new DnsTransferLimits(ListingLimits.MostOctets, ListingLimits.MostRecords, ListingLimits.Longest), cancellationToken)
            .GetAsyncEnumerator(cancellationToken);
        while (await MoveNextAsync(records))
        {
            var record = records.Current;
            yield return new ListedRecord(ListedRecord.NameOf(record.Name.ToString()), DnsText.Of(record.Type), record.DataText);
        }
    }

    public void Dispose() => _client.Dispose();

    private static async Task<bool> MoveNextAsync(IAsyncEnumerator<DnsRecord> records)
    {
        try
        {
            return await records.MoveNextAsync();
        }
        catch (DnsException exception)
        {
            throw new DnsPublishException(Code("dns.transfer.", exception.Kind), exception.Message, inner: exception, isTransient: exception.IsTransient);
        }
    }

    // What says something of the changes themselves: another batch may pass. Knot tells what its acl forbids as an unknown key.
    private static bool IsForAll(DnsErrorKind kind) => kind is not (DnsErrorKind.Refused or DnsErrorKind.BadKey or DnsErrorKind.NotInZone or DnsErrorKind.FormatError or DnsErrorKind.TooLong);

    private static string Code(string way, DnsErrorKind kind) => way + kind switch
    {
        DnsErrorKind.Timeout => "timeout",
        DnsErrorKind.Unreachable => "unreachable",
        DnsErrorKind.Malformed => "malformed",
        DnsErrorKind.Unauthenticated => "unauthenticated",
        DnsErrorKind.BadKey => "bad-key",
        DnsErrorKind.BadSignature => "bad-signature",
        DnsErrorKind.BadTime => "bad-time",
        DnsErrorKind.Refused => "refused",
        DnsErrorKind.NotAuthoritative => "not-authoritative",
        DnsErrorKind.NotInZone => "not-in-zone",
        DnsErrorKind.FormatError or DnsErrorKind.TooLong => "format",
        DnsErrorKind.TooLarge => "too-large",
        DnsErrorKind.NotImplemented => "not-implemented",
        DnsErrorKind.ServerFailure => "server-failure",
        _ => "failed",
    };
}
