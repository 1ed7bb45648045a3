using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.DnsRecords.Server;

namespace MtaSts.Host.DnsRecords;

/// <summary>The rows of records. Whoever holds the lease of publication is the only one to write them. Safe from all threads.</summary>
internal sealed class RecordStore(Store store, TimeProvider clock)
{
    /// <summary>Pulses when this node has written rows: the embedded server looks for what changed.</summary>
    public Signal Written { get; } = new();

    /// <summary>Those that are due, of one kind, the longest waiting first; tracked by nobody.</summary>
    /// <param name="unwritten">True: something is to be handed to DNS (<see cref="RecordRules.IsUnwritten"/>); false: DNS is to be looked at.</param>
    /// <param name="most">As many.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<List<DnsRecordStatus>> DueAsync(bool unwritten, int most, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await using var db = store.Open();
        return await db.DnsRecords.Where(row => row.DueAt <= now).Where(unwritten ? IsUnwritten : IsWritten).OrderBy(row => row.DueAt).Take(most).ToListAsync(cancellationToken);
    }

    /// <summary>Those of these names; tracked by nobody.</summary>
    public async Task<List<DnsRecordStatus>> FindAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        return await db.DnsRecords.Where(row => names.Contains(row.Name)).ToListAsync(cancellationToken);
    }

    /// <summary>When the next one is due; null: never.</summary>
    public async Task<DateTimeOffset?> NextDueAsync(CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        return await db.DnsRecords.MinAsync(row => (DateTimeOffset?)row.DueAt, cancellationToken);
    }

    /// <summary>One write for all: rows as they are now, and those that are of no use any more.</summary>
    /// <exception cref="System.Data.Common.DbException">The store is away; nothing was written.</exception>
    public async Task SaveAsync(
        IReadOnlyCollection<DnsRecordStatus> changed, IReadOnlyCollection<DnsRecordStatus> gone, CancellationToken cancellationToken, IReadOnlyCollection<DnsRecordStatus>? added = null)
    {
        if (changed.Count == 0 && gone.Count == 0 && added is null or { Count: 0 })
        {
            return;
        }

        await store.WriteAsideAsync(
            async db =>
            {
                if (await ChangesZoneAsync(db, [.. changed, .. added ?? []], gone, cancellationToken))
                {
                    await ZoneSerial.RaiseAsync(db, clock.GetUtcNow(), cancellationToken);
                }

                db.DnsRecords.UpdateRange(changed);
                db.DnsRecords.RemoveRange(gone);
                db.DnsRecords.AddRange(added ?? []);
            },
            cancellationToken);
        Written.Pulse();
    }

    /// <summary>A clock that was ahead has put looks so far off that no rule would: they are due now.</summary>
    public Task RepairTimesAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var tooFar = now + TimeSpan.FromDays(2);
        return store.WriteAsideAsync(
            db => db.DnsRecords.Where(row => row.DueAt > tooFar).ExecuteUpdateAsync(set => set.SetProperty(row => row.DueAt, now), cancellationToken), cancellationToken);
    }

    // Most writes say only how far a record is.
    private static async Task<bool> ChangesZoneAsync(HostDbContext db, IReadOnlyCollection<DnsRecordStatus> kept, IReadOnlyCollection<DnsRecordStatus> gone, CancellationToken cancellationToken)
    {
        string[] names = [.. kept.Concat(gone).Select(row => row.Name).Distinct()];
        var before = await db.DnsRecords.Where(row => names.Contains(row.Name) && row.OfferedAt != null)
            .Select(row => new { row.Name, row.Type, row.Ttl, row.Offered, row.OfferedAt }).ToDictionaryAsync(row => (row.Name, row.Type), cancellationToken);
        return kept.Any(row => before.TryGetValue((row.Name, row.Type), out var known) ? (row.Ttl, row.Offered, row.OfferedAt) != (known.Ttl, known.Offered, known.OfferedAt) : row.OfferedAt is not null)
            || gone.Any(row => before.TryGetValue((row.Name, row.Type), out var known) && known.Offered is not null);
    }

    private static readonly Expression<Func<DnsRecordStatus, bool>> IsUnwritten =
        row => RecordRules.Unwritten.Contains(row.State) || (row.State == DnsRecordState.Removing && row.Offered != null);

    private static readonly Expression<Func<DnsRecordStatus, bool>> IsWritten =
        row => !RecordRules.Unwritten.Contains(row.State) && !(row.State == DnsRecordState.Removing && row.Offered != null);
}
