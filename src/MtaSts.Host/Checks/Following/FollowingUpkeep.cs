using System.Threading.Channels;
using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Domains.MailServers;
using MtaSts.Host.Nodes;

namespace MtaSts.Host.Checks.Following;

/// <summary>
/// Loop: looks every hour at the MX records of each domain that follows them. All nodes share the work: whoever takes domains puts off their next look, and writes
/// what was found only while that stands, and soon: nobody's look is lost by another's.
/// </summary>
internal sealed partial class FollowingUpkeep(Store store, FollowingStep step, TimeProvider clock, ILogger<FollowingUpkeep> logger) : RoundLoop(LookEvery, clock)
{
    private const int Batch = 256;
    private const int AtOnce = 64;

    // A round waits for its slowest domain; meanwhile the others go on.
    private const int Workers = 4;

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(20);

    // Longer than a batch takes; a node that dies over it leaves its domains to the others then.
    private static readonly TimeSpan ClaimTime = TimeSpan.FromMinutes(15);

    // No look is put off so far: the clock was ahead.
    private static readonly TimeSpan TooFar = 2 * FollowingRules.Every;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => LoopAsync(stoppingToken)));

    protected override Task<bool> TakeTurnAsync(CancellationToken cancellationToken) => RoundAsync(cancellationToken);

    protected override void TellFailure(string reason) => Log.RoundFailed(logger, reason);

    /// <summary>Looks at what is due, a bounded number.</summary>
    /// <returns>Whether there is more.</returns>
    /// <exception cref="System.Data.Common.DbException">The store is away.</exception>
    public async Task<bool> RoundAsync(CancellationToken cancellationToken)
    {
        if (await ClaimAsync(cancellationToken) is not var (claim, hasMore))
        {
            return false;
        }

        var taken = await TakenAsync(claim, cancellationToken);
        var done = Channel.CreateUnbounded<MxFollowing>();
        var writing = WriteAsync(claim, done.Reader, cancellationToken);
        try
        {
            await LookAsync(taken, done.Writer, cancellationToken);
        }
        finally
        {
            done.Writer.Complete();
            await writing;
        }

        return hasMore;
    }

    private Task LookAsync(List<Taken> taken, ChannelWriter<MxFollowing> done, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(taken, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (one, token) =>
        {
            try
            {
                await LookAsync(one, token);
                await done.WriteAsync(one.Following, token);
            }
            catch (Exception exception) when (!token.IsCancellationRequested)
            {
                // One domain must not keep the others waiting; its look is due again when the claim is over.
                Log.LookFailed(logger, one.Following.DomainId, StoreFaults.Tell(exception));
            }
        });

    // What has ended meanwhile is written together, so that many that end at once are few transactions.
    private async Task WriteAsync(DateTimeOffset claim, ChannelReader<MxFollowing> done, CancellationToken cancellationToken)
    {
        while (await done.WaitToReadAsync(CancellationToken.None))
        {
            List<MxFollowing> group = [];
            while (done.TryRead(out var one))
            {
                group.Add(one);
            }

            try
            {
                await WriteAsync(claim, group, cancellationToken);
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                // Due again when the claim is over; the next group may do better.
                Log.RoundFailed(logger, StoreFaults.Tell(exception));
            }
        }
    }

    private async Task LookAsync(Taken one, CancellationToken cancellationToken)
    {
        if (one is { Domain: { State: DomainState.Active, MxSource: MxSource.Dns }, IsLost: false } && one.Domain.PolicyOrNull() is { } policy)
        {
            await step.TakeAsync(one.Domain, policy, one.Following, cancellationToken);
            return;
        }

        one.Following.Leaving = "";
        (one.Following.Code, one.Following.Reason) = (MxCodes.Paused, "The domain is not active, or its proof is lost: its policy stays as it is.");
        one.Following.NextLookAt = FollowingRules.NextLook(FollowingState.Empty, Clock.GetUtcNow(), Random.Shared.NextDouble());
    }

    /// <returns>The time that marks what was taken, and whether more may be due: also where others took what this one saw. Null: nothing is due.</returns>
    private async Task<(DateTimeOffset Claim, bool HasMore)?> ClaimAsync(CancellationToken cancellationToken)
    {
        var now = Clock.GetUtcNow();
        var tooFar = now + TooFar;
        List<long> due;
        await using (var db = store.Open())
        {
            due = await db.MxFollowings.Where(following => following.NextLookAt <= now || following.NextLookAt > tooFar)
                .OrderBy(following => following.NextLookAt).Take(Batch).Select(following => following.DomainId).ToListAsync(cancellationToken);
        }

        if (due.Count == 0)
        {
            return null;
        }

        // No two claims have the same time.
        var claim = now + ClaimTime + TimeSpan.FromTicks(Random.Shared.NextInt64(TimeSpan.TicksPerMinute));
        await store.WriteAsideAsync(
            db => db.MxFollowings.Where(following => due.Contains(following.DomainId) && (following.NextLookAt <= now || following.NextLookAt > tooFar))
                .ExecuteUpdateAsync(set => set.SetProperty(following => following.NextLookAt, claim), cancellationToken),
            cancellationToken);
        return (claim, due.Count == Batch);
    }

    private async Task<List<Taken>> TakenAsync(DateTimeOffset claim, CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        return await db.MxFollowings.Where(following => following.NextLookAt == claim)
            .Join(
                db.Domains,
                following => following.DomainId,
                domain => domain.Id,
                (following, domain) => new Taken(domain, following, db.DomainProofs.Any(proof => proof.DomainId == domain.Id && proof.LostSince != null)))
            .ToListAsync(cancellationToken);
    }

    private Task WriteAsync(DateTimeOffset claim, IReadOnlyCollection<MxFollowing> done, CancellationToken cancellationToken) => store.WriteAsideAsync(
        async db =>
        {
            foreach (var one in done)
            {
                await db.MxFollowings.Where(following => following.DomainId == one.DomainId && following.NextLookAt == claim)
                    .ExecuteUpdateAsync(
                        set => set.SetProperty(following => following.NextLookAt, one.NextLookAt)
                            .SetProperty(following => following.LookedAt, one.LookedAt)
                            .SetProperty(following => following.Code, one.Code)
                            .SetProperty(following => following.Reason, one.Reason)
                            .SetProperty(following => following.Seen, one.Seen)
                            .SetProperty(following => following.SeenTtl, one.SeenTtl)
                            .SetProperty(following => following.SeenUntil, one.SeenUntil)
                            .SetProperty(following => following.Joining, one.Joining)
                            .SetProperty(following => following.Leaving, one.Leaving)
                            .SetProperty(following => following.CompleteAt, one.CompleteAt),
                        cancellationToken);
            }
        },
        cancellationToken);

    private sealed record Taken(HostedDomain Domain, MxFollowing Following, bool IsLost);

    private static partial class Log
    {
        [LoggerMessage(841, LogLevel.Warning, "MX records that policies follow are not looked at ({Reason}); it is tried again every 20 s, and the policies stay as they are")]
        public static partial void RoundFailed(ILogger logger, string reason);

        [LoggerMessage(842, LogLevel.Warning, "The MX records of domain {DomainId} could not be followed: {Reason}")]
        public static partial void LookFailed(ILogger logger, long domainId, string reason);
    }
}
