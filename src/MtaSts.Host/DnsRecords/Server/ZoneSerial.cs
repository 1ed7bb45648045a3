using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Data;

namespace MtaSts.Host.DnsRecords.Server;

/// <summary>
/// The serial number of the zone: one in the store, so that all nodes give the same one. It follows the clock, and rises by one where the clock has not gone on
/// since the last change.
/// </summary>
internal static class ZoneSerial
{
    // Numbers are compared by RFC 1982: in tenths of a second a zone may be left unchanged for six years before a change looks older than the one before.
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(0.1);

    /// <summary>As the SOA record has it (RFC 1035 §3.3.13).</summary>
    public static uint Of(long stored) => unchecked((uint)stored);

    /// <summary>In the transaction that changes what is offered.</summary>
    public static Task RaiseAsync(HostDbContext db, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var least = now.UtcTicks / Step.Ticks;
        return db.StoreState.ExecuteUpdateAsync(set => set.SetProperty(state => state.ZoneSerial, state => state.ZoneSerial < least ? least : state.ZoneSerial + 1), cancellationToken);
    }
}
