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
    /// <summary>RFC 8461 §8.3 step 1; a day is its example of a small max_age.</summary>
    private static readonly TimeSpan LastMaxAge = TimeSpan.FromDays(1);

    /// <summary>RFC 8461 §8.2: a proxy of the customer may hold an answer this long, and a sender may have got it from there.</summary>
    private static readonly TimeSpan ProxyCache = TimeSpan.FromSeconds(60);

    /// <summary>`none` that keeps the patterns: some senders (Stalwart, chasquid) take no policy without mx, and would stay with the cached one.</summary>
    public static StsPolicy LastPolicy(StsPolicy present) => new(StsMode.None, present.Mx, (int)LastMaxAge.TotalSeconds);

    /// <summary>The last moment at which a sender may still hold the version; null when it was never served. While it is served that moment moves on.</summary>
    public static DateTimeOffset? MayBeCachedUntil(PolicyVersion version, DateTimeOffset now) =>
        version.ServedFrom is null ? null : (version.ServedUntil ?? now) + ProxyCache + TimeSpan.FromSeconds(version.MaxAge);

    /// <param name="startedAt">When the removal began.</param>
    /// <param name="cachedUntil">The latest <see cref="MayBeCachedUntil"/> of the versions before the last, and of former domains of the name.</param>
    public static (DateTimeOffset RecordUntil, DateTimeOffset HostUntil) Dates(DateTimeOffset startedAt, DateTimeOffset? cachedUntil)
    {
        var recordUntil = cachedUntil > startedAt ? cachedUntil.Value : startedAt;
        return (recordUntil, recordUntil + ProxyCache + LastMaxAge);
    }

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
