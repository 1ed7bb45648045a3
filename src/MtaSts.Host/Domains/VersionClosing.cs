using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Nodes;

namespace MtaSts.Host.Domains;

/// <summary>
/// Says of versions that a later one has replaced when they were last served (<see cref="PolicyVersion.ServedUntil"/>). An edit does not know: the nodes serve
/// the old text for a moment longer. RFC 8461 §8.3 counts the way out from here.
/// </summary>
internal sealed class VersionClosing(Store store, NodeIdentity node, ServedPosition served, TimeProvider clock)
{
    /// <summary>Every node serves this version of the domain, or a later one: those before it are over. Twice does no harm.</summary>
    /// <exception cref="System.Data.Common.DbException">The store is away.</exception>
    public Task CloseBeforeAsync(IReadOnlyCollection<(long DomainId, int Version)> versions, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return store.WriteAsideAsync(
            async db =>
            {
                foreach (var (domainId, version) in versions)
                {
                    await Replaced(db).Where(row => row.DomainId == domainId && row.Number < version)
                        .ExecuteUpdateAsync(set => set.SetProperty(row => row.ServedUntil, now), cancellationToken);
                }
            },
            cancellationToken);
    }

    /// <summary>After an edit: where this node is the only one, what it serves is what is served. Otherwise, and while the store is away, the gate closes them later.</summary>
    /// <param name="db">To ask.</param>
    /// <param name="row">As the edit left it.</param>
    /// <param name="isServed">Its text is fetched here; the position of all that is loaded may follow a moment later.</param>
    /// <param name="cancellationToken">Of whoever edits.</param>
    public async Task CloseIfAloneAsync(HostDbContext db, HostedDomain row, bool isServed, CancellationToken cancellationToken)
    {
        try
        {
            if ((isServed || served.Current?.Revision >= row.Revision)
                && await Replaced(db).AnyAsync(version => version.DomainId == row.Id && version.Number < row.Version, cancellationToken)
                && await db.NodeHeartbeats.Select(beat => beat.Node).ToListAsync(cancellationToken) is [var only] && only == node.Name)
            {
                await CloseBeforeAsync([(row.Id, row.Version)], cancellationToken);
            }
        }
        catch (Exception exception) when (StoreFaults.Cause(exception) is not null)
        {
            // The edit stands all the same.
        }
    }

    /// <summary>The versions that a later one has replaced, and of which nobody has said yet until when they were served.</summary>
    public static IQueryable<PolicyVersion> Replaced(HostDbContext db) =>
        db.PolicyVersions.Where(version => version.ServedFrom != null && version.ServedUntil == null && version.Number < version.Domain!.Version);
}
