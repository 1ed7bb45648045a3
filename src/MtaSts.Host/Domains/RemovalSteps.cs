using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Domains.Ownership;
using MtaSts.Host.Lookups;

namespace MtaSts.Host.Domains;

/// <summary>Takes removals as far as they may go (RFC 8461 §8.3): first the record, then the host. Doing it twice does no harm. Safe from all threads.</summary>
internal sealed class RemovalSteps(Store store, DomainEditor editor, AuthoritativeLook look, IPublishedIds published, IOptions<DnsOptions> dns, TimeProvider clock)
{
    private const int Batch = 200;

    // Many of them wait for name servers that are silent.
    private const int AtOnce = 8;

    /// <returns>How many steps were taken.</returns>
    /// <exception cref="System.Data.Common.DbException">The store is away.</exception>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var steps = 0;
        var after = 0L;
        for (var hasMore = true; hasMore;)
        {
            List<HostedDomain> rows;
            await using (var db = store.Open())
            {
                rows = await db.Domains.Where(row => row.State == DomainState.Removing && row.Id > after).OrderBy(row => row.Id).Take(Batch).ToListAsync(cancellationToken);
            }

            await Parallel.ForEachAsync(rows, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (row, token) =>
            {
                if (await StepAsync(row, token))
                {
                    Interlocked.Increment(ref steps);
                }
            });

            hasMore = rows.Count == Batch;
            after = rows.Count == 0 ? after : rows[^1].Id;
        }

        return steps;
    }

    private async Task<bool> StepAsync(HostedDomain row, CancellationToken cancellationToken)
    {
        var target = new ProofNames(row.Name, row.Label, dns.Value.Zone).AliasTarget;
        var now = clock.GetUtcNow();
        DnsRecordStatus? record;
        DateTimeOffset? cachedUntil;
        List<PolicyVersion> versions;
        PublishedDns? own;
        await using (var db = store.Open())
        {
            record = target is null ? null : await db.DnsRecords.SingleOrDefaultAsync(candidate => candidate.Name == target && candidate.Type == "TXT", cancellationToken);
            versions = await db.PolicyVersions.Where(version => version.DomainId == row.Id && version.ServedFrom != null).ToListAsync(cancellationToken);
            var former = await db.KnownNames.Where(known => known.Name == row.Name).Select(known => known.CachedUntil).SingleOrDefaultAsync(cancellationToken);
            cachedUntil = DomainRemoval.CachedUntil(row, versions, former, now);
            own = (await published.OfAsync(db, [row], cancellationToken)).GetValueOrDefault(row.Id) is { IsCustomers: true } found ? found : null;
        }

        // What people publish waits for nobody's announcement, unless it was seen.
        var isByHand = dns.Value.Publisher == DnsPublisherKind.Manual;
        if (row.RecordEndedAt is not { } endedAt)
        {
            return DomainRemoval.MayEndRecord(row, cachedUntil, isByHand ? null : record, now)
                && (own is null || now >= DomainRemoval.OwnTextUntil(row, versions, cachedUntil, own))
                && await editor.EndRecordAsync(row, cancellationToken);
        }

        return DomainRemoval.MayEndHost(row, now)
            && (isByHand || record is null or { State: DnsRecordState.Absent })
            && (now >= endedAt + DomainRemoval.LongestWait || await IsTextGoneAsync(row, versions, isByHand || own is not null, cancellationToken))
            && await editor.EndRemovalAsync(row, cancellationToken);
    }

    // Of a text that was to be expected every server that answers says so, and one at least does. Of others it is enough that none has one: it may be newer than the last look.
    // One with an id that was never served here is another provider's.
    private async Task<bool> IsTextGoneAsync(HostedDomain row, List<PolicyVersion> versions, bool isExpected, CancellationToken cancellationToken)
    {
        var answers = (await look.AskAllAsync(MailDomain.RecordNamePrefix + row.Name, "TXT", cancellationToken)).Where(answer => answer.IsWord).ToList();
        return !answers.Exists(answer => answer.Alias is null && answer.Texts.Any(text => StsRecord.Read([text]).Id is { } id && versions.Exists(version => version.PolicyId == id)))
            && (!isExpected || (answers.Count > 0 && answers.TrueForAll(answer => answer.Alias is null)));
    }
}
