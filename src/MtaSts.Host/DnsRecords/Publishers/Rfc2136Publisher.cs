using System.Net;
using Microsoft.Extensions.Options;
using MtaSts.Dns;
using MtaSts.Host.Lookups;

namespace MtaSts.Host.DnsRecords.Publishers;

/// <summary>Dynamic updates (RFC 2136) to the zone's primary server, signed (RFC 8945): one message for a batch, applied whole or not at all.</summary>
internal sealed class Rfc2136Publisher : IDnsPublisher, IDisposable
{
    private readonly DnsName _zone;
    private readonly DnsUpdateClient _client;

    public Rfc2136Publisher(IOptions<DnsOptions> options, TimeProvider clock)
    {
        var settings = options.Value.Rfc2136;
        var server = ServerAddress.TryParse(settings.Server, out var parsed) ? parsed : throw new FormatException(settings.Server);
        _zone = DnsName.Parse(options.Value.Zone);
        // A name is looked up at each new connection: a server in a container may come back with another address.
        EndPoint to = IPAddress.TryParse(server.Host, out var address) ? new IPEndPoint(address, server.Port) : new DnsEndPoint(server.Host, server.Port);
        _client = new DnsUpdateClient(to, TsigKey.Parse(settings.KeyName, settings.KeyAlgorithm, settings.KeySecret), clock);
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
            throw new DnsPublishException(Code(exception.Kind), exception.Message, inner: exception, isTransient: IsForAll(exception.Kind));
        }
    }

    public void Dispose() => _client.Dispose();

    // What says something of the changes themselves: another batch may pass. Knot tells what its acl forbids as an unknown key.
    private static bool IsForAll(DnsErrorKind kind) => kind is not (DnsErrorKind.Refused or DnsErrorKind.BadKey or DnsErrorKind.NotInZone or DnsErrorKind.FormatError or DnsErrorKind.TooLong);

    private static string Code(DnsErrorKind kind) => kind switch
    {
        DnsErrorKind.Timeout => "dns.update.timeout",
        DnsErrorKind.Unreachable => "dns.update.unreachable",
        DnsErrorKind.Malformed => "dns.update.malformed",
        DnsErrorKind.Unauthenticated => "dns.update.unauthenticated",
        DnsErrorKind.BadKey => "dns.update.bad-key",
        DnsErrorKind.BadSignature => "dns.update.bad-signature",
        DnsErrorKind.BadTime => "dns.update.bad-time",
        DnsErrorKind.Refused => "dns.update.refused",
        DnsErrorKind.NotAuthoritative => "dns.update.not-authoritative",
        DnsErrorKind.NotInZone => "dns.update.not-in-zone",
        DnsErrorKind.FormatError or DnsErrorKind.TooLong => "dns.update.format",
        DnsErrorKind.NotImplemented => "dns.update.not-implemented",
        DnsErrorKind.ServerFailure => "dns.update.server-failure",
        _ => "dns.update.failed",
    };
}
