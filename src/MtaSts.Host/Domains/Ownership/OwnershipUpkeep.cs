using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Data;
using MtaSts.Host.Nodes;

namespace MtaSts.Host.Domains.Ownership;

/// <summary>Loop, on one node at a time: looks at the proofs that are due, of domains that wait for one and of those that have shown one.</summary>
internal sealed partial class OwnershipUpkeep(Store store, OwnershipCheck check, Leases leases, TimeProvider clock, ILogger<OwnershipUpkeep> logger) : RoundLoop(LookEvery, clock)
{
    private const string LeaseName = "ownership";
    private const int Batch = 200;
    private const int AtOnce = 16;

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LeaseTime = TimeSpan.FromMinutes(2);

    // A look waits for servers that are silent: a batch of them takes longer than a lease.
    private static readonly TimeSpan LongestBatch = TimeSpan.FromMinutes(1.5);

    private bool _isWhole;

    protected override async Task<bool> TakeTurnAsync(CancellationToken cancellationToken)
    {
        if (!_isWhole)
        {
            await AddMissingAsync(cancellationToken);
            _isWhole = true;
        }

        return await RoundAsync(cancellationToken);
    }

    protected override void TellFailure(string reason) => Log.RoundFailed(logger, reason);

    /// <summary>Looks at what is due, a bounded number.</summary>
    /// <returns>Whether there is more.</returns>
    /// <exception cref="System.Data.Common.DbException">The store is away.</exception>
    public async Task<bool> RoundAsync(CancellationToken cancellationToken)
    {
        var due = await DueAsync(cancellationToken);
        if (due.Count == 0 || await leases.TryTakeAsync(LeaseName, LeaseTime, cancellationToken) is not { } owner)
        {
            return false;
        }

        try
        {
            using var bound = new CancellationTokenSource(LongestBatch, Clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(bound.Token, cancellationToken);
            await Parallel.ForEachAsync(due, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = either.Token }, async (domainId, token) =>
            {
                try
                {
                    await check.LookAsync(domainId, DomainEditor.AutomaticActor, token);
                }
                catch (Exception exception) when (!token.IsCancellationRequested)
                {
                    // One domain must not keep the others waiting; its look is due again in some minutes.
                    Log.LookFailed(logger, domainId, StoreFaults.Tell(exception));
                }
            });
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The rest is still due.
        }
        finally
        {
            await leases.ReleaseAsync(LeaseName, owner, CancellationToken.None);
        }

        return due.Count == Batch;
    }

    // Domains that wait since a version of this service that looked for no proofs.
    private Task AddMissingAsync(CancellationToken cancellationToken) => store.WriteAsideAsync(
        db => db.Database.ExecuteSqlAsync(
            $"""INSERT INTO domain_proofs ("DomainId", "Kind", "NextLookAt") SELECT "Id", 0, 0 FROM domains WHERE "State" = 0 ON CONFLICT DO NOTHING""", cancellationToken),
        cancellationToken);

    private async Task<IReadOnlyList<long>> DueAsync(CancellationToken cancellationToken)
    {
        var now = Clock.GetUtcNow();
        var (tooFar, never) = (now + ProofTimes.Longest, ProofTimes.Never);
        await using var db = store.Open();
        return await db.DomainProofs
            .Where(proof => (proof.NextLookAt <= now || (proof.NextLookAt > tooFar && proof.NextLookAt < never)) && db.Domains.Any(row => row.Id == proof.DomainId))
            .OrderBy(proof => proof.NextLookAt).Take(Batch).Select(proof => proof.DomainId)
            .ToListAsync(cancellationToken);
    }

    private static partial class Log
    {
        [LoggerMessage(210, LogLevel.Warning, "Proofs of ownership cannot be looked at ({Reason}); it is tried again every 20 s, and nobody loses a domain meanwhile")]
        public static partial void RoundFailed(ILogger logger, string reason);

        [LoggerMessage(211, LogLevel.Warning, "The proof of domain {DomainId} could not be looked at: {Reason}")]
        public static partial void LookFailed(ILogger logger, long domainId, string reason);
    }
}
