using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Api;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Domains;
using MtaSts.Host.Domains.MailServers;
using MtaSts.Host.Nodes;

namespace MtaSts.Host.Checks.Following;

/// <summary>One look at the MX records of one domain, and what comes of it. Twice does no harm. Safe from all threads.</summary>
internal sealed partial class FollowingStep(
    Store store, MxLook look, NewServers newServers, HeldTexts heldTexts, IEditGuard guard, DomainEditor editor, TrustedClock trustedClock, TimeProvider clock, ILogger<FollowingStep> logger)
{
    private const int LongestReason = 500;

    // A server that cannot be looked at at first is tried again soon for as long.
    private static readonly TimeSpan Soon = TimeSpan.FromHours(2);

    private readonly Lock _reading = new();
    private ClockReading? _last;
    private DateTimeOffset _steppedAt = DateTimeOffset.MinValue;

    /// <param name="row">An active domain with its proof.</param>
    /// <param name="policy">Of the row.</param>
    /// <param name="following">Is brought up to date.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="System.Data.Common.DbException">The store is away.</exception>
    public async Task TakeAsync(HostedDomain row, StsPolicy policy, MxFollowing following, CancellationToken cancellationToken)
    {
        var steppedAt = SteppedAt();
        var seen = await look.LookAsync(row.Name, cancellationToken);
        if (seen.Problem is { } problem)
        {
            // It says nothing of what is there, and nothing of what is gone; what was missing before may be back.
            Note(following, problem);
            following.Leaving = "";
            following.NextLookAt = FollowingRules.NextLook(FollowingState.Empty, seen.At, Random.Shared.NextDouble());
            return;
        }

        var state = FollowingRules.After(FollowingState.Of(following), following.LookedAt, policy.Mx, seen);
        // A step of the clock makes one moment look like two, far enough from each other.
        state = state with { Joining = [.. state.Joining.Select(one => one.Since < steppedAt ? one with { Since = seen.At } : one)] };
        Note(following, MxSourceEdit.Refuse(seen));
        var (isAdded, isSoon) = (false, false);
        if (FollowingRules.Ripe(state, seen) is { Count: > 0 } ripe)
        {
            (state, isAdded, isSoon) = await AddAsync(row, policy, following, state, ripe, seen, cancellationToken);
        }

        if (isAdded)
        {
            // How long a text without it may be held is known when its id is out.
            following.CompleteAt = null;
            Add(following, MxCodes.NotOut(row.Name));
        }
        else
        {
            state = await RemoveAsync(row, policy, following, state, seen, cancellationToken);
        }

        (following.LookedAt, following.Seen) = (seen.At, seen.Column());
        (following.SeenTtl, following.SeenUntil) = ((int)state.Ttl.TotalSeconds, state.SeenUntil);
        (following.Joining, following.Leaving) = (state.JoiningColumn, state.LeavingColumn);
        following.NextLookAt = isAdded || isSoon ? seen.At + FollowingRules.BetweenLooks : FollowingRules.NextLook(state, seen.At, Random.Shared.NextDouble());
    }

    private async Task<(FollowingState State, bool IsAdded, bool IsSoon)> AddAsync(
        HostedDomain row, StsPolicy policy, MxFollowing following, FollowingState state, IReadOnlyList<WantedPattern> ripe, MxSeen seen, CancellationToken cancellationToken)
    {
        if (!await trustedClock.IsTrustedAsync(cancellationToken))
        {
            return (state, false, false);
        }

        var isSoon = false;
        if (policy.Mode == StsMode.Enforce)
        {
            (ripe, var against, var isUnknown) = await newServers.JudgeAsync(ripe, seen, cancellationToken);
            Note(following, against ?? MxSourceEdit.Refuse(seen));
            isSoon = isUnknown && state.Joining.Any(one => seen.At - one.Since < Soon);
        }

        var room = DomainRules.MostPatterns - policy.Mx.Count;
        if (ripe.Count > room)
        {
            Note(following, new FieldError(MxCodes.TooMany, "policy.mx", $"With the new mail servers there would be {policy.Mx.Count + ripe.Count} patterns; a policy may have {DomainRules.MostPatterns}."));
            ripe = [.. ripe.Take(room)];
        }

        if (ripe.Count == 0)
        {
            return (state, false, isSoon);
        }

        var next = new StsPolicy(policy.Mode, [.. policy.Mx, .. ripe.Select(one => one.Pattern)], policy.MaxAge);
        var hosts = string.Join(", ", ripe.SelectMany(one => one.Hosts).Distinct());
        return await ChangeAsync(row, next, "domain.mx.add", $"DNS has new mail servers: {hosts}.", following, cancellationToken)
            ? (state with { Joining = [.. state.Joining.Where(one => !ripe.Any(wanted => wanted.Pattern.Equals(one.Pattern)))] }, true, false)
            : (state, false, false);
    }

    private async Task<FollowingState> RemoveAsync(HostedDomain row, StsPolicy policy, MxFollowing following, FollowingState state, MxSeen seen, CancellationToken cancellationToken)
    {
        var staying = FollowingRules.Staying(state, policy.Mx, seen);
        if (staying.Count == 0)
        {
            Add(following, new FieldError(MxCodes.NoneLeft, "policy.mx", $"None of the patterns that would stay covers a mail server of {row.Name} in DNS; nothing is taken away."));
            return state;
        }

        // RFC 8461 §8.1: a sender who holds a text without the new servers needs the old ones, should they come back.
        var held = await heldTexts.LackingAsync(row, staying, seen.At, cancellationToken);
        following.CompleteAt = held.Until;
        if (!held.IsKnown)
        {
            Add(following, MxCodes.NotOut(row.Name));
            return state;
        }

        if (seen.Silent.Count > 0 && FollowingRules.NotNeeded(policy.Mx, seen).Count > 0)
        {
            Add(following, new FieldError(MxCodes.Silent, "policy.mx", $"Name servers of {row.Name} do not answer for it, and may name servers that the others do not: {Shown.Of(string.Join(", ", seen.Silent))}; nothing is taken away."));
        }

        state = state with { Leaving = [.. state.Leaving.Select(one => one with { NotBefore = held.Until > one.NotBefore ? held.Until.Value : one.NotBefore })] };
        List<LeavingPattern> over = [.. state.Leaving.Where(one => one.NotBefore <= seen.At)];
        if (over.Count == 0 || !await trustedClock.IsTrustedAsync(cancellationToken))
        {
            return state;
        }

        var next = new StsPolicy(policy.Mode, policy.Mx.Where(pattern => !over.Exists(one => one.Pattern.Equals(pattern))), policy.MaxAge);
        var gone = string.Join(", ", over.Select(one => $"{one.Pattern.Text} since {one.Since:u}"));
        return await ChangeAsync(row, next, "domain.mx.remove", $"No mail server in DNS needs any more: {gone}; and no policy that lacks one of the others can be cached any more.", following, cancellationToken)
            ? state with { Leaving = [.. state.Leaving.Except(over)] }
            : state;
    }

    private async Task<bool> ChangeAsync(HostedDomain row, StsPolicy policy, string action, string reason, MxFollowing following, CancellationToken cancellationToken)
    {
        if (policy.Mode == StsMode.Enforce && MailDomain.TryParse(row.Name, out var domain, out _) && await IsHeldAsync(row, cancellationToken))
        {
            // Nobody has judged the servers of this policy yet, and an edit with a clearance would let its id go out.
            var finding = await guard.JudgeAsync(domain, policy, isOneOfMany: false, cancellationToken);
            if (finding.IsRefused)
            {
                Note(following, new FieldError(finding.Code, "policy.mx", finding.Message));
                return false;
            }
        }

        // That a new server is fit was judged for each of them; to take away what no server needs cannot stop mail.
        var edit = await editor.ChangeByItselfAsync(
            row, policy, new Clearance(policy, [], null), action, reason.Length > LongestReason ? reason[..(LongestReason - 1)] + "…" : reason, WaitForIdAsync, cancellationToken);
        if (edit is not { Problem: null, Domain: not null })
        {
            // An edit came in between: the next look starts from that.
            return false;
        }

        Log.Followed(logger, row.Name, edit.Domain.Version, reason);
        return true;
    }

    // With the version itself: nobody may read, not even after a crash, that there is nothing to wait for.
    private static async Task<ApiProblem?> WaitForIdAsync(StoreWrite write, HostedDomain row)
    {
        var against = MxCodes.NotOut(row.Name);
        await write.Db.MxFollowings.Where(following => following.DomainId == row.Id).ExecuteUpdateAsync(
            set => set.SetProperty(following => following.CompleteAt, (DateTimeOffset?)null).SetProperty(following => following.Code, against.Code).SetProperty(following => following.Reason, against.Message));
        return null;
    }

    /// <summary>When this process last noticed that the clock was set, which it may have been as well before its first look.</summary>
    private DateTimeOffset SteppedAt()
    {
        lock (_reading)
        {
            var now = ClockReading.Of(clock);
            if (_last?.HasStepped(now, clock) != false)
            {
                _steppedAt = now.Utc;
            }

            _last = now;
            return _steppedAt;
        }
    }

    private async Task<bool> IsHeldAsync(HostedDomain row, CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        return await db.AnnouncementHolds.AnyAsync(hold => hold.DomainId == row.Id, cancellationToken);
    }

    // Only where nothing else stands there.
    private static void Add(MxFollowing following, FieldError against)
    {
        if (following.Code is null)
        {
            Note(following, against);
        }
    }

    private static void Note(MxFollowing following, FieldError? against) => (following.Code, following.Reason) =
        (against?.Code, against?.Message is { Length: > 1000 } message ? message[..1000] : against?.Message);

    private static partial class Log
    {
        [LoggerMessage(840, LogLevel.Information, "The policy of {Domain} follows its MX records with version {Version}: {Reason}")]
        public static partial void Followed(ILogger logger, string domain, int version, string reason);
    }
}
