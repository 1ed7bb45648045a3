using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Api;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Domains;

/// <summary>Edits that nobody asks for at that moment: a stage of a roll-out, patterns that follow DNS.</summary>
internal sealed partial class DomainEditor
{
    /// <summary>Who makes what the service makes by itself.</summary>
    public const string AutomaticActor = "system";

    /// <summary>
    /// Gives the domain this policy, while its row is as it was when the edit was judged. A domain that is not active, or whose proof is lost, stays as it is.
    /// </summary>
    /// <param name="judged">The row that was judged.</param>
    /// <param name="policy">The one that it is to have.</param>
    /// <param name="clearance">What a guard has said of that policy; without it an edit that could stop mail is not made.</param>
    /// <param name="action">For the audit, such as `domain.rollout.stage`.</param>
    /// <param name="reason">Why, for people; kept with the version.</param>
    /// <param name="beside">Writes more in the same transaction, or says why the edit must not be made after all; null: nothing.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public Task<DomainEdit> ChangeByItselfAsync(
        HostedDomain judged, StsPolicy policy, Clearance? clearance, string action, string reason, Func<StoreWrite, HostedDomain, Task<ApiProblem?>>? beside, CancellationToken cancellationToken) =>
        store.WriteAsync(
            async write =>
            {
                var row = await write.Db.Domains.Include(candidate => candidate.Tenant).SingleOrDefaultAsync(candidate => candidate.Id == judged.Id, cancellationToken);
                if (row is not { State: DomainState.Active } || row.Revision != judged.Revision)
                {
                    return Changed();
                }

                if (await write.Db.DomainProofs.AnyAsync(proof => proof.DomainId == row.Id && proof.LostSince != null, cancellationToken))
                {
                    return ApiProblem.Conflict(Ownership.ProofCodes.Lost, $"The proof of {row.Name} is lost.");
                }

                if (beside is not null && await beside(write, row) is { } against)
                {
                    return against;
                }

                var input = new DomainInput(policy, row.TlsRptRua is null ? null : StoredPolicy.Lines(row.TlsRptRua), null);
                return await ChangeAsync(write, AutomaticActor, row, input, action, clearance, cancellationToken, reason, reason);
            },
            cancellationToken);
}
