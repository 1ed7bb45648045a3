using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Api;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Domains.MailServers;

namespace MtaSts.Host.Domains;

/// <summary>Patterns that come from DNS.</summary>
internal sealed partial class DomainEditor
{
    /// <summary>The input with all its patterns, or what is to be done instead. To be asked before anything of the row is changed.</summary>
    private static (DomainInput? Input, DomainEdit? Instead) WithPatterns(MailDomain domain, HostedDomain? row, DomainInput input, MxSeen? seen)
    {
        if (input.MxSource != MxSource.Dns)
        {
            return (input, null);
        }

        var present = row?.PolicyOrNull()?.Mx;
        if (input.HasMx && present?.ToHashSet().SetEquals(input.Policy.Mx) != true)
        {
            return (null, ApiProblem.InvalidInput(MxCodes.Follows, "policy.mx", "With mxSource dns the patterns come from DNS: leave mx out, or send what is served, or set mxSource to manual."));
        }

        if (row is { MxSource: MxSource.Dns } && present is { Count: > 0 })
        {
            return (input.With(present), null);
        }

        if (seen is null)
        {
            return (null, new DomainEdit(null, Unseen: domain));
        }

        var wanted = MxPatterns.Of(seen.Everywhere).Select(one => one.Pattern);
        // RFC 8461 §8.1: added first. What a sender may hold stays until following DNS takes it away.
        List<MxPattern> mx = row is { IsServed: true } && present is not null ? [.. present, .. wanted.Where(pattern => !MxPatterns.Covers(present, pattern))] : [.. wanted];
        return mx.Count > DomainRules.MostPatterns
            ? (null, ApiProblem.Conflict(MxCodes.TooMany, $"With what is served there would be {mx.Count} patterns; a policy may have {DomainRules.MostPatterns}."))
            : (input.With(mx) with { Seen = seen }, null);
    }

    private static async Task FollowAsync(StoreWrite write, HostedDomain row, DomainInput input, CancellationToken cancellationToken)
    {
        if (input.MxSource is not { } source || source == row.MxSource)
        {
            return;
        }

        row.MxSource = source;
        var before = await write.Db.MxFollowings.SingleOrDefaultAsync(following => following.DomainId == row.Id, cancellationToken);
        if (source == MxSource.Manual && before is null)
        {
            return;
        }

        // Also for manual: whoever comes back must not have forgotten what resolvers may go on giving.
        var following = before ?? write.Db.MxFollowings.Add(new MxFollowing { DomainId = row.Id, SeenUntil = write.At, Seen = "", Joining = "", Leaving = "" }).Entity;
        // Another time than that of a look that goes on now: what it finds is not written.
        following.NextLookAt = FollowingRules.NextLook(FollowingState.Empty, write.At, Random.Shared.NextDouble());
        (following.Joining, following.Leaving, following.CompleteAt, following.Code, following.Reason) = ("", "", null, null, null);
        if (source == MxSource.Dns && row is { IsServed: true, Version: > 1 })
        {
            // Senders may hold a text that lacks what came with this edit, until a look has found out for how long.
            var against = MxCodes.NotOut(row.Name);
            (following.Code, following.Reason) = (against.Code, against.Message);
            following.NextLookAt = write.At + FollowingRules.BetweenLooks + (TimeSpan.FromMinutes(1) * Random.Shared.NextDouble());
        }

        if (input.Seen is { } seen)
        {
            var until = seen.At + seen.Ttl;
            (following.LookedAt, following.Seen, following.SeenTtl) = (seen.At, seen.Column(), (int)seen.Ttl.TotalSeconds);
            following.SeenUntil = following.SeenUntil > until ? following.SeenUntil : until;
        }
    }
}
