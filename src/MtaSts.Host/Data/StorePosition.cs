using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Data;

/// <summary>How far somebody has read the store. Revisions of two epochs cannot be compared.</summary>
/// <param name="Identity">Which store.</param>
/// <param name="Epoch">Which history of it.</param>
/// <param name="Revision">The last write that was read.</param>
/// <param name="Stamp">The random stamp of that write.</param>
internal sealed record StorePosition(string Identity, string Epoch, long Revision, long Stamp)
{
    public static StorePosition Of(StoreState state) => new(state.Identity, state.Epoch, state.Revision, state.Stamp);

    /// <summary>Whether this revision is in the store's history as it was read; false after a restore from an older backup.</summary>
    public Task<bool> IsInHistoryOfAsync(HostDbContext db, CancellationToken cancellationToken) => Revision == 0
        ? Task.FromResult(true)
        : db.Revisions.AnyAsync(row => row.Revision == Revision && row.Stamp == Stamp, cancellationToken);
}
