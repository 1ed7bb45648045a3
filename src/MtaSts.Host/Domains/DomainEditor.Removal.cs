using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Domains;

/// <summary>The last two steps of a removal. Each is taken only while the row is as it was when the step was judged.</summary>
internal sealed partial class DomainEditor
{
    /// <summary>The record is no longer wanted; the host answers on.</summary>
    public Task<bool> EndRecordAsync(HostedDomain judged, CancellationToken cancellationToken) =>
        store.WriteAsync(
            async write =>
            {
                var row = await write.Db.Domains.Include(candidate => candidate.Tenant).SingleOrDefaultAsync(candidate => candidate.Id == judged.Id, cancellationToken);
                if (row is not { State: DomainState.Removing, RecordEndedAt: null } || row.Revision != judged.Revision)
                {
                    return false;
                }

                row.RecordEndedAt = write.At;
                Note(write, AutomaticActor, row, "domain.removal.record", $"id {row.PolicyId}");
                return true;
            },
            cancellationToken);

    /// <summary>The domain is gone.</summary>
    public Task<bool> EndRemovalAsync(HostedDomain judged, CancellationToken cancellationToken) =>
        store.WriteAsync(
            async write =>
            {
                var row = await write.Db.Domains.Include(candidate => candidate.Tenant).SingleOrDefaultAsync(candidate => candidate.Id == judged.Id, cancellationToken);
                if (row is not { State: DomainState.Removing, RecordEndedAt: not null } || row.Revision != judged.Revision)
                {
                    return false;
                }

                await DomainRemoval.DeleteAsync(write, row, cancellationToken);
                Note(write, AutomaticActor, row, "domain.removal.end", null);
                return true;
            },
            cancellationToken);
}
