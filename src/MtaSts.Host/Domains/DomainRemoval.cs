using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Domains;

/// <summary>
/// The ordered way out (RFC 8461 §8.3): `mode: none` with a day of max_age under a new id; the record stays until no policy served before
/// can still be cached, the host's answer until the last one, `none`, cannot either.
/// </summary>
internal static class DomainRemoval
{
    /// <summary>A record that the customer keeps has the TTL that he likes; few resolvers keep anything for longer.</summary>
    public static readonly TimeSpan CustomersTtl = TimeSpan.FromDays(1);

    /// <summary>For records that people set: some are never changed nor taken away.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromDays(30);

    /// <summary>RFC 8461 §8.3 step 1; a day is its example of a small max_age.</summary>
    private static readonly TimeSpan LastMaxAge = TimeSpan.FromDays(1);

    /// <summary>RFC 8461 §8.2: a proxy of the customer may hold an answer this long, and a sender may have got it from there.</summary>
    private static readonly TimeSpan ProxyCache = TimeSpan.FromSeconds(60);

    /// <summary>`none` that keeps the patterns: some senders (Stalwart, chasquid) take no policy without mx, and would stay with the cached one.</summary>
    public static StsPolicy LastPolicy(StsPolicy present) => new(StsMode.None, present.Mx, (int)LastMaxAge.TotalSeconds);

    /// <summary>The last moment at which a sender may still hold the version; null when it was never served. While it is served that moment moves on.</summary>
    public static DateTimeOffset? MayBeCachedUntil(PolicyVersion version, DateTimeOffset now) =>
        version.ServedFrom is null ? null : (version.ServedUntil ?? now) + ProxyCache + TimeSpan.FromSeconds(version.MaxAge);

    /// <summary>The last moment at which a sender may still hold a policy other than the last, `none`; null when there was none.</summary>
    /// <param name="row">The domain.</param>
    /// <param name="versions">Those of its versions that were ever served; the last may be among them.</param>
    /// <param name="formerlyCachedUntil">Of former domains of the name.</param>
    /// <param name="now">Until when a version counts whose end is not known yet.</param>
    public static DateTimeOffset? CachedUntil(HostedDomain row, IEnumerable<PolicyVersion> versions, DateTimeOffset? formerlyCachedUntil, DateTimeOffset now) =>
        versions.Where(version => version.Number < row.Version).Select(version => MayBeCachedUntil(version, now)).Append(formerlyCachedUntil).Max();

    /// <summary>When the record is to go, and the host after it; a step that is late moves on with the time.</summary>
    /// <param name="row">The domain.</param>
    /// <param name="cachedUntil">See <see cref="CachedUntil"/>.</param>
    /// <param name="ownUntil">See <see cref="OwnTextUntil"/>; null: there is no TXT of the customer's own.</param>
    /// <param name="now">The time.</param>
    public static (DateTimeOffset RecordUntil, DateTimeOffset HostUntil) Dates(HostedDomain row, DateTimeOffset? cachedUntil, DateTimeOffset? ownUntil, DateTimeOffset now)
    {
        if (row.RecordEndedAt is { } endedAt)
        {
            var host = endedAt + ProxyCache + LastMaxAge;
            return (endedAt, host > now ? host : now);
        }

        var record = new[] { cachedUntil, ownUntil, now }.Max()!.Value;
        return (record, record + ProxyCache + LastMaxAge);
    }

    /// <summary>Whether the record is no longer needed: nobody can hold an earlier policy any more, and `none` was really announced where this service announces.</summary>
    /// <param name="row">The domain.</param>
    /// <param name="cachedUntil">See <see cref="CachedUntil"/>.</param>
    /// <param name="record">The TXT record of its label; null: none is published for it.</param>
    /// <param name="now">The time.</param>
    public static bool MayEndRecord(HostedDomain row, DateTimeOffset? cachedUntil, DnsRecordStatus? record, DateTimeOffset now) =>
        row is { State: DomainState.Removing, RecordEndedAt: null }
        && !(cachedUntil > now)
        && (record is null || (record.State == DnsRecordState.Live && PublishedRecord.IdOf(record) == row.PolicyId));

    /// <summary>
    /// Until when a sender may hold an earlier policy by a TXT record of the customer's own. Some count the lifetime of what they hold anew whenever they see its id (RFC 8461 §3.3 lets
    /// them), so it runs out from when DNS gives another: that of `none`, or of whoever serves the domain next. One that is never changed is waited for no longer than <see cref="LongestWait"/>.
    /// </summary>
    public static DateTimeOffset OwnTextUntil(HostedDomain row, IReadOnlyCollection<PolicyVersion> versions, DateTimeOffset? cachedUntil, PublishedDns own)
    {
        var earlier = versions.Where(version => version.Number < row.Version).ToList();
        var until = own.Since + CustomersTtl + TimeSpan.FromSeconds(earlier.Select(version => version.MaxAge).DefaultIfEmpty().Max());
        var bound = (cachedUntil > row.RemovalStartedAt ? cachedUntil.Value : row.RemovalStartedAt!.Value) + LongestWait;
        return until < bound && own.State is "ok" or "wrong" && !earlier.Exists(version => version.PolicyId == own.PolicyId) ? until : bound;
    }

    /// <summary>Whether the host's answer is no longer needed, as far as time goes: `none` was to be found for the last time when the record went.</summary>
    public static bool MayEndHost(HostedDomain row, DateTimeOffset now) =>
        row is { State: DomainState.Removing, RecordEndedAt: { } endedAt } && now >= endedAt + ProxyCache + LastMaxAge;

    /// <summary>Takes the row and its versions away; the label, what must be known of the name, and the audit stay.</summary>
    public static async Task DeleteAsync(StoreWrite write, HostedDomain row, CancellationToken cancellationToken)
    {
        var served = await write.Db.PolicyVersions.AsNoTracking().Where(version => version.DomainId == row.Id && version.ServedFrom != null).ToListAsync(cancellationToken);
        if (served.Max(version => MayBeCachedUntil(version, write.At)) is { } until)
        {
            // A domain of this name that comes back has senders that still hold a policy of this one.
            var name = await write.Db.KnownNames.SingleAsync(known => known.Name == row.Name, cancellationToken);
            name.CachedUntil = name.CachedUntil > until ? name.CachedUntil : until;
        }

        write.Db.CustomerLooks.RemoveRange(await write.Db.CustomerLooks.Where(look => look.DomainId == row.Id).ToListAsync(cancellationToken));
        write.Db.AnnouncementHolds.RemoveRange(await write.Db.AnnouncementHolds.Where(hold => hold.DomainId == row.Id).ToListAsync(cancellationToken));
        write.Db.Rollouts.RemoveRange(await write.Db.Rollouts.Where(rollout => rollout.DomainId == row.Id).ToListAsync(cancellationToken));
        write.Db.MxFollowings.RemoveRange(await write.Db.MxFollowings.Where(following => following.DomainId == row.Id).ToListAsync(cancellationToken));
        write.Db.DomainChecks.RemoveRange(await write.Db.DomainChecks.Where(check => check.DomainId == row.Id).ToListAsync(cancellationToken));
        await AdvisoryEnd.ForgetAsync(write.Db, [row.Id], write.At, cancellationToken);
        if (await write.Db.DomainProofs.SingleOrDefaultAsync(proof => proof.DomainId == row.Id, cancellationToken) is { } proof)
        {
            write.Db.DomainProofs.Remove(proof);
        }

        write.Db.Domains.Remove(row);
        write.Db.RemovedDomains.Add(new RemovedDomain
        {
            DomainId = row.Id,
            Name = row.Name,
            Tenant = row.Tenant!.Name,
            Label = row.Label,
            RemovedAt = write.At,
            Revision = write.Revision,
        });
    }
}
