using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Domains.Ownership;

/// <summary>What the loss of a proof stops elsewhere.</summary>
internal sealed class OwnershipStatus(Store store, TrustedClock trustedClock, TimeProvider clock)
{
    /// <summary>
    /// A domain whose tenant has shown no proof for a week gets no certificate against the look at its DNS. Where its policy host still leads here it gets
    /// one all the same: serving on is what keeps a slip in DNS from becoming an outage.
    /// </summary>
    /// <exception cref="System.Data.Common.DbException">The store is away.</exception>
    public async Task<bool> IsLongLostAsync(string domain, CancellationToken cancellationToken)
    {
        var lostBefore = clock.GetUtcNow() - ProofTimes.NoRenewalAfter;
        await using var db = store.Open();
        return await db.Domains.AnyAsync(
                row => row.Name == domain && row.State != DomainState.Pending && db.DomainProofs.Any(proof => proof.DomainId == row.Id && proof.LostSince <= lostBefore),
                cancellationToken)
            && await trustedClock.IsTrustedAsync(cancellationToken);
    }
}
