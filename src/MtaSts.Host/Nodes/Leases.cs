using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Data;

namespace MtaSts.Host.Nodes;

/// <summary>
/// Work that one node at a time does, by name. A lease runs out by itself when its holder dies. Rare double work is to be expected all the same: a holder
/// may be slow without knowing. Safe from all threads.
/// </summary>
internal sealed class Leases(Store store, TimeProvider clock)
{
    // A clock that was ahead must not hold the work up for as long as that was.
    private static readonly TimeSpan ClockSlack = TimeSpan.FromMinutes(10);

    /// <summary>Takes the lease, or takes it over when its time is up.</summary>
    /// <returns>The word to renew and release it with; null: another one has it.</returns>
    /// <exception cref="System.Data.Common.DbException">The store is away.</exception>
    public async Task<string?> TryTakeAsync(string name, TimeSpan time, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var (until, tooFar) = (now + time, now + time + ClockSlack);
        var owner = RandomNumberGenerator.GetHexString(32, lowercase: true);
        var taken = 0;
        await store.WriteAsideAsync(
            async db =>
            {
                await db.Database.ExecuteSqlAsync($"""INSERT INTO job_leases ("Name", "Owner", "Until") VALUES ({name}, NULL, 0) ON CONFLICT DO NOTHING""", cancellationToken);
                taken = await db.JobLeases.Where(row => row.Name == name && (row.Owner == null || row.Until <= now || row.Until > tooFar))
                    .ExecuteUpdateAsync(set => set.SetProperty(row => row.Owner, owner).SetProperty(row => row.Until, until), cancellationToken);
            },
            cancellationToken);
        return taken == 1 ? owner : null;
    }

    /// <returns>False: another one has it now, and the work must stop.</returns>
    /// <exception cref="System.Data.Common.DbException">The store is away.</exception>
    public async Task<bool> RenewAsync(string name, string owner, TimeSpan time, CancellationToken cancellationToken)
    {
        var until = clock.GetUtcNow() + time;
        var renewed = 0;
        await store.WriteAsideAsync(
            async db => renewed = await db.JobLeases.Where(row => row.Name == name && row.Owner == owner)
                .ExecuteUpdateAsync(set => set.SetProperty(row => row.Until, until), cancellationToken),
            cancellationToken);
        return renewed == 1;
    }

    /// <summary>Gives it back, so that another node need not wait for its end. Nothing happens when it is another's by now.</summary>
    /// <exception cref="System.Data.Common.DbException">The store is away; it runs out by itself.</exception>
    public Task ReleaseAsync(string name, string owner, CancellationToken cancellationToken) => store.WriteAsideAsync(
        db => db.JobLeases.Where(row => row.Name == name && row.Owner == owner).ExecuteUpdateAsync(set => set.SetProperty(row => row.Owner, (string?)null), cancellationToken),
        cancellationToken);
}
