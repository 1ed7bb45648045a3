using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.DnsRecords.Customers;
using MtaSts.Host.Domains;
using MtaSts.Host.Domains.MailServers;

namespace MtaSts.Host.Checks.Following;

/// <summary>Until when senders may hold a text.</summary>
/// <param name="IsKnown">False: some may hold it for nobody knows how long.</param>
/// <param name="Until">Null where it is known: there is no such text.</param>
internal readonly record struct Held(bool IsKnown, DateTimeOffset? Until);

/// <summary>
/// Which former texts of a domain senders may hold. A sender that sees the id of the text that it has fetches nothing, and some count its lifetime anew each time
/// (postfix-mta-sts-resolver): it runs out from when DNS no longer gives that id, which is when it gives the present one. Safe from all threads.
/// </summary>
internal sealed class HeldTexts(Store store, IPublishedIds published)
{
    // What nobody could see any more that long ago is gone from every cache, whatever its max_age.
    private static readonly TimeSpan LongestCached = TimeSpan.FromSeconds(StsLimits.MaxMaxAge) + TimeSpan.FromDays(1);

    /// <summary>Until when a sender may hold a text that lacks one of these patterns.</summary>
    /// <exception cref="System.Data.Common.DbException">The store is away.</exception>
    public async Task<Held> LackingAsync(HostedDomain row, IReadOnlyList<MxPattern> patterns, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        var versions = await db.PolicyVersions.Where(version => version.DomainId == row.Id && version.ServedFrom != null).ToListAsync(cancellationToken);
        var former = await db.KnownNames.Where(known => known.Name == row.Name).Select(known => known.CachedUntil).SingleOrDefaultAsync(cancellationToken);
        List<PolicyVersion> lacking = [.. versions.Where(version => Lacks(version, patterns))];
        if (lacking.Count == 0)
        {
            return new Held(true, former > now ? former : null);
        }

        if (await OnlyIdSinceAsync(db, row, cancellationToken) is not { } since)
        {
            return new Held(false, null);
        }

        var until = lacking.Where(version => !(Later(version.ServedUntil, since) < now - LongestCached))
            .Select(version => Later(DomainRemoval.MayBeCachedUntil(version, now), since + TimeSpan.FromSeconds(version.MaxAge)))
            .Append(former > now ? former : null).Max();
        return new Held(true, until);
    }

    /// <summary>Since when no resolver gives the id of another version; null: one may, for all that is known.</summary>
    private async Task<DateTimeOffset?> OnlyIdSinceAsync(HostDbContext db, HostedDomain row, CancellationToken cancellationToken)
    {
        if ((await published.OfAsync(db, [row], cancellationToken)).GetValueOrDefault(row.Id) is not { } dns || dns.PolicyId != row.PolicyId)
        {
            return null;
        }

        if (dns.State == RecordWords.Of(CustomerState.Ok))
        {
            return dns.Since + DomainRemoval.CustomersTtl;
        }

        // Servers that have long been silent count as live, but nobody has seen the id there.
        var records = await db.DnsRecords.Where(record => record.DomainId == row.Id && record.Type == "TXT" && record.State == DnsRecordState.Live && record.Code == null).ToListAsync(cancellationToken);
        return dns.State == RecordWords.Of(DnsRecordState.Live) && records.Find(record => PublishedRecord.IdOf(record) == row.PolicyId) is { } own
            ? Later(dns.Since, own.PublishedAt ?? own.Since) + TimeSpan.FromSeconds(own.Ttl)
            : null;
    }

    private static DateTimeOffset? Later(DateTimeOffset? one, DateTimeOffset other) => one is null || one > other ? one : other;

    private static bool Lacks(PolicyVersion version, IReadOnlyList<MxPattern> patterns)
    {
        var texts = StoredPolicy.Lines(version.Mx).Select(text => MxPattern.TryParse(text, out var pattern, out _) ? pattern : null).OfType<MxPattern>().ToList();
        return patterns.Any(pattern => !MxPatterns.Covers(texts, pattern));
    }
}
