using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using MtaSts.Acme;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Listeners;
using MtaSts.Host.Lookups;

namespace MtaSts.Host.DnsRecords;

/// <summary>
/// Brings the rows of records up to what domains and challenges want: after each change those of what changed, at the beginning and each hour all. For the
/// holder of the lease of publication.
/// </summary>
internal sealed class RecordSync(Store store, RecordStore records, IOptions<DnsOptions> dns, IOptions<PublicOptions> reached, TimeProvider clock)
{
    private const int Page = 500;
    private static readonly TimeSpan AllEvery = TimeSpan.FromHours(1);

    private string? _epoch;
    private long _revision;
    private long _allAt;
    private ZoneSettings _zone = new("", [], []);
    private Dictionary<string, IReadOnlyList<string>> _challenges = [];

    /// <summary>Begins anew: another node may have worked in between.</summary>
    public void Forget() => _epoch = null;

    /// <summary>One round.</summary>
    /// <exception cref="System.Data.Common.DbException">The store is away; the next round does it again.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        // First the counter: rows of later writes may come along, and are read again next time.
        var state = await db.StoreState.SingleAsync(cancellationToken);
        var zone = new ZoneSettings(dns.Value.Zone, reached.Value.ReadAddresses(), await IssuersAsync(db, cancellationToken));
        var challenges = await ChallengesAsync(db, cancellationToken);
        if (_epoch != state.Epoch || clock.GetElapsedTime(_allAt) >= AllEvery || !zone.Issuers.SequenceEqual(_zone.Issuers))
        {
            (_zone, _challenges) = (zone, challenges);
            await records.RepairTimesAsync(cancellationToken);
            await SyncAllAsync(db, cancellationToken);
            _allAt = clock.GetTimestamp();
        }
        else
        {
            var touched = challenges.Keys.Concat(_challenges.Keys).Distinct().Where(name => !TextsOf(challenges, name).SequenceEqual(TextsOf(_challenges, name))).ToList();
            _challenges = challenges;
            if (_revision != state.Revision || touched.Count > 0)
            {
                await SyncChangesAsync(db, touched, cancellationToken);
            }
        }

        (_epoch, _revision) = (state.Epoch, state.Revision);
    }

    private async Task SyncAllAsync(HostDbContext db, CancellationToken cancellationToken)
    {
        for (long after = 0; ;)
        {
            var page = await db.Domains.Where(row => row.Id > after).OrderBy(row => row.Id).Take(Page).ToListAsync(cancellationToken);
            if (page.Count == 0)
            {
                break;
            }

            await SyncAsync(db, page, cancellationToken);
            after = page[^1].Id;
        }

        while (true)
        {
            var orphans = await db.DnsRecords.Where(row => row.State != DnsRecordState.Removing && !db.Domains.Any(domain => domain.Id == row.DomainId)).OrderBy(row => row.Name).Take(Page).ToListAsync(cancellationToken);
            if (orphans.Count == 0)
            {
                break;
            }

            await EndAsync(orphans, cancellationToken);
        }
    }

    private async Task SyncChangesAsync(HostDbContext db, List<string> challenged, CancellationToken cancellationToken)
    {
        var removed = await db.RemovedDomains.Where(row => row.Revision > _revision).ToListAsync(cancellationToken);
        foreach (var gone in removed)
        {
            await HandOverAsync(db, gone, cancellationToken);
        }

        string[] names = [.. challenged, .. removed.Select(row => row.Name)];
        var changed = await db.Domains.Where(row => row.Revision > _revision || (names.Contains(row.Name) && row.State != DomainState.Pending)).ToListAsync(cancellationToken);
        foreach (var page in changed.Chunk(Page))
        {
            await SyncAsync(db, page, cancellationToken);
        }
    }

    /// <summary>
    /// A row that was removed while another of its name is served: CNAMEs to its label are still in that name's DNS, and senders that follow them must meet the
    /// present id. Only labels that were announced; else whoever adds and removes a name again and again would fill the zone.
    /// </summary>
    private async Task HandOverAsync(HostDbContext db, RemovedDomain gone, CancellationToken cancellationToken)
    {
        var rows = await db.DnsRecords.Where(row => row.DomainId == gone.DomainId).ToListAsync(cancellationToken);
        var heir = await db.Domains.Where(row => row.Name == gone.Name && row.State != DomainState.Pending).Select(row => (long?)row.Id).SingleOrDefaultAsync(cancellationToken);
        if (heir is { } id && rows.Exists(row => row.Type == "TXT" && row.Offered is not null && row.Name == _zone.TextTarget(gone.Label)))
        {
            rows.ForEach(row => row.DomainId = id);
            await records.SaveAsync(rows, [], cancellationToken);
        }
        else
        {
            await EndAsync(rows, cancellationToken);
        }
    }

    private Task EndAsync(List<DnsRecordStatus> rows, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var known = rows.ToLookup(row => row.Offered is not null || row.Published is not null);
        return records.SaveAsync([.. known[true].Where(row => RecordRules.Unwant(row, now))], [.. known[false]], cancellationToken);
    }

    private async Task SyncAsync(HostDbContext db, IReadOnlyList<HostedDomain> domains, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        long[] ids = [.. domains.Select(row => row.Id)];
        var present = await db.DnsRecords.Where(row => ids.Contains(row.DomainId)).ToListAsync(cancellationToken);
        var byDomain = present.ToLookup(row => row.DomainId);
        var wanted = domains.SelectMany(domain => WantedRecords.Of(FactsOf(domain, byDomain[domain.Id]), _zone)).ToDictionary(record => (record.Name, record.Type));

        var (added, changed, gone) = (new List<DnsRecordStatus>(), new List<DnsRecordStatus>(), new List<DnsRecordStatus>());
        foreach (var row in present)
        {
            if (wanted.Remove((row.Name, row.Type), out var record))
            {
                if (RecordRules.Want(row, record, now))
                {
                    changed.Add(row);
                }
            }
            else if (row.Offered is null && row.Published is null)
            {
                gone.Add(row);
            }
            else if (RecordRules.Unwant(row, now))
            {
                changed.Add(row);
            }
        }

        added.AddRange(wanted.Values.Select(record => RecordRules.New(record, now)));
        await records.SaveAsync(changed, gone, cancellationToken, added);
    }

    private DomainFacts FactsOf(HostedDomain domain, IEnumerable<DnsRecordStatus> rows) => new(
        domain.Id,
        domain.Label,
        [.. rows.Where(row => row.Type == "TXT" && row.Offered is not null).Select(row => row.Name[..row.Name.IndexOf('.', StringComparison.Ordinal)])
            .Where(label => label != domain.Label).Distinct().Order(StringComparer.Ordinal)],
        domain.State,
        domain.PolicyId,
        domain.Revision,
        domain.TlsRptRua is null ? null : StoredPolicy.Lines(domain.TlsRptRua),
        domain.RecordEndedAt is not null,
        domain.State == DomainState.Pending ? [] : TextsOf(_challenges, domain.Name));

    private static IReadOnlyList<string> TextsOf(Dictionary<string, IReadOnlyList<string>> challenges, string domain) => challenges.GetValueOrDefault(domain, []);

    // RFC 8555 §8.4.
    private async Task<Dictionary<string, IReadOnlyList<string>>> ChallengesAsync(HostDbContext db, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var open = await db.ChallengeAnswers.Where(row => row.Type == AcmeChallengeTypes.Dns01 && row.ExpiresAt > now).Select(row => new { row.HostName, row.KeyAuthorization }).ToListAsync(cancellationToken);
        return open.GroupBy(row => row.HostName[MailDomain.PolicyHostPrefix.Length..]).ToDictionary(
            group => group.Key,
            group => (IReadOnlyList<string>)[.. group.Select(row => KeyAuthorization.TryParse(row.KeyAuthorization, out var answer) ? answer.DnsTxtValue : null).OfType<string>().Distinct().Order(StringComparer.Ordinal)]);
    }

    // RFC 8657: who else asks a CA for these names has another account. A CA that does not tell its name cannot be named, so none is.
    private static async Task<IReadOnlyList<string>> IssuersAsync(HostDbContext db, CancellationToken cancellationToken)
    {
        var accounts = await db.AcmeRegistrations.Where(row => row.CaaIdentities != null && row.AccountUrl != null && row.State == AccountState.Valid)
            .OrderBy(row => row.Directory).Select(row => new { row.CaaIdentities, row.AccountUrl, row.ChallengeTypes }).ToListAsync(cancellationToken);
        return accounts.Exists(row => row.CaaIdentities!.Length == 0)
            ? []
            : [.. accounts.SelectMany(row => row.CaaIdentities!.Split('\n').Select(identity => $"{identity}; accounturi={row.AccountUrl}; validationmethods={row.ChallengeTypes}")).Distinct()];
    }
}
