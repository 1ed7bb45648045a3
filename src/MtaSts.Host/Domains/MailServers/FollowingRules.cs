namespace MtaSts.Host.Domains.MailServers;

/// <summary>
/// How patterns follow DNS: added first, and removed when no sender can be told of the server any more, nor hold a text that lacks what is to stay (RFC 8461
/// §8.1). Pure.
/// </summary>
internal static class FollowingRules
{
    public static readonly TimeSpan Every = TimeSpan.FromHours(1);

    /// <summary>One spoofed answer, or one moment of a change, is over by then.</summary>
    public static readonly TimeSpan BetweenLooks = TimeSpan.FromMinutes(10);

    /// <summary>Beyond the TTL: caches that are not exact, and mail that a sender has begun to route.</summary>
    public static readonly TimeSpan Margin = TimeSpan.FromHours(1);

    /// <summary>What goes has been needed by nothing in all looks of this time.</summary>
    public static readonly TimeSpan Unneeded = TimeSpan.FromHours(24);

    // Longer than looks lie apart: in between nobody knows what was there.
    private static readonly TimeSpan LongestGap = TimeSpan.FromHours(3);

    /// <param name="before">After the last look.</param>
    /// <param name="lookedAt">When that was; null: never.</param>
    /// <param name="served">The patterns of the policy.</param>
    /// <param name="seen">What this look found, without a problem.</param>
    public static FollowingState After(FollowingState before, DateTimeOffset? lookedAt, IReadOnlyList<MxPattern> served, MxSeen seen)
    {
        var joining = MxPatterns.Of(seen.Everywhere).Where(wanted => !MxPatterns.Covers(served, wanted.Pattern))
            .Select(wanted => before.Joining.FirstOrDefault(one => one.Pattern.Equals(wanted.Pattern) && one.Since <= seen.At) ?? new JoiningPattern(wanted.Pattern, seen.At));
        // A resolver may have fetched what was there right before this look, or long before with a longer TTL.
        var fetched = seen.At + (before.Ttl > seen.Ttl ? before.Ttl : seen.Ttl);
        var goneAt = (before.SeenUntil > fetched ? before.SeenUntil : fetched) + Margin;
        var notBefore = goneAt > seen.At + Unneeded ? goneAt : seen.At + Unneeded;
        IReadOnlyList<LeavingPattern> known = seen.At - lookedAt <= LongestGap ? before.Leaving : [];
        // To keep one costs nothing: whatever is in doubt makes its time begin anew.
        var leaving = (seen.IsWhole ? NotNeeded(served, seen) : [])
            .Select(pattern => known.FirstOrDefault(one => one.Pattern.Equals(pattern) && one.Since <= seen.At) ?? new LeavingPattern(pattern, seen.At, notBefore));
        var until = seen.At + seen.Ttl;
        return new FollowingState(seen.Ttl, before.SeenUntil > until ? before.SeenUntil : until, [.. joining], [.. leaving]);
    }

    /// <summary>The patterns that no server that anybody names needs.</summary>
    public static IReadOnlyList<MxPattern> NotNeeded(IReadOnlyList<MxPattern> served, MxSeen seen)
    {
        var needed = MxPatterns.Of(seen.Anywhere);
        return [.. served.Where(pattern => !MxPatterns.IsNeeded(pattern, seen.Anywhere, needed))];
    }

    /// <summary>Those that two looks have found, far enough from each other.</summary>
    public static IReadOnlyList<WantedPattern> Ripe(FollowingState state, MxSeen seen) =>
        [.. MxPatterns.Of(seen.Everywhere).Where(wanted => state.Joining.Any(one => one.Pattern.Equals(wanted.Pattern) && seen.At - one.Since >= BetweenLooks))];

    /// <summary>What stays when all that is about to go is gone; empty: nothing that DNS names would be left, and so nothing goes.</summary>
    public static IReadOnlyList<MxPattern> Staying(FollowingState state, IReadOnlyList<MxPattern> served, MxSeen seen)
    {
        List<MxPattern> staying = [.. served.Where(pattern => !state.Leaving.Any(one => one.Pattern.Equals(pattern)))];
        return seen.Everywhere.Any(host => staying.Exists(pattern => pattern.Matches(host))) ? staying : [];
    }

    /// <summary>When the next look is due.</summary>
    /// <param name="state">After this look.</param>
    /// <param name="now">The time.</param>
    /// <param name="spread">0 to 1, so that the looks at many domains lie apart.</param>
    public static DateTimeOffset NextLook(FollowingState state, DateTimeOffset now, double spread)
    {
        DateTimeOffset[] ripening = [.. state.Joining.Select(one => one.Since + BetweenLooks).Where(at => at > now)];
        return ripening.Length > 0 ? ripening.Min() : now + Every + (TimeSpan.FromMinutes(5) * spread);
    }
}
