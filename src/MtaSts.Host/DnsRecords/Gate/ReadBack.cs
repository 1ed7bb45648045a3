using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Listeners;
using MtaSts.Host.Lookups;
using MtaSts.Host.Nodes;
using MtaSts.Host.Policies;

namespace MtaSts.Host.DnsRecords.Gate;

/// <summary>
/// Loop: fetches what has changed from this node's own Policy endpoint, as a sender would. What passes is verified; what does not stands as a fault of its
/// domain and is tried again, so that no domain waits for another's certificate.
/// </summary>
internal sealed partial class ReadBack : BackgroundService
{
    // As many as one round fetches. What is beyond, in a change of many domains, stands as a fault until its turn: a new edit waits for one round at most.
    private const int Batch = 500;

    private const int FetchedAtOnce = 8;

    private static readonly TimeSpan ShortestRest = TimeSpan.FromSeconds(1);

    private readonly Store _store;
    private readonly PublishedPolicies _published;
    private readonly ServedPosition _served;
    private readonly NodeFaults _faults;
    private readonly NodeIdentity _node;
    private readonly PolicyAddresses _addresses;
    private readonly ReadyHosts _ready;
    private readonly PolicyFetch _fetch;
    private readonly bool _publishes;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly TimeProvider _clock;
    private readonly Counter<long> _rounds;
    private readonly Counter<long> _failures;
    private readonly ILogger<ReadBack> _logger;
    private readonly FaultRetries _retries;
    private readonly Signal _certificateCame = new();

    public ReadBack(
        Store store,
        PublishedPolicies published,
        ServedPosition served,
        NodeFaults faults,
        NodeIdentity node,
        PolicyAddresses addresses,
        ReadyHosts ready,
        PolicyFetch fetch,
        IOptions<DnsOptions> dns,
        IHostApplicationLifetime lifetime,
        IMeterFactory meters,
        TimeProvider clock,
        ILogger<ReadBack> logger)
    {
        (_store, _published, _served, _faults, _node, _addresses, _ready, _fetch) = (store, published, served, faults, node, addresses, ready, fetch);
        (_lifetime, _clock, _logger) = (lifetime, clock, logger);
        _publishes = dns.Value.Publisher != DnsPublisherKind.Manual;
        _retries = new FaultRetries(clock);
        var meter = meters.Create("MtaSts.Host");
        _rounds = meter.CreateCounter<long>("mtasts.gate.rounds", description: "Rounds in which changes were read back from the own Policy endpoint");
        _failures = meter.CreateCounter<long>("mtasts.gate.failures", description: "Such rounds that failed");
        ready.Ready += CertificateCame;
    }

    public override void Dispose()
    {
        _ready.Ready -= CertificateCame;
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The endpoint has to be bound.
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (_lifetime.ApplicationStarted.Register(started.SetResult))
        {
            await started.Task.WaitAsync(stoppingToken);
        }

        _served.PolicyAddresses = _addresses.ForOthers();
        var hasFailed = false;
        while (true)
        {
            Task woken = Task.WhenAny(_published.Changed.Next, _certificateCame.Next);
            var rest = ShortestRest;
            try
            {
                _rounds.Add(1);
                await RoundAsync(stoppingToken);
                hasFailed = false;
                // What is due within a moment is taken together.
                rest = _retries.Rest is var next && next > TimeSpan.Zero && next < ShortestRest ? ShortestRest : next;
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                _failures.Add(1);
                if (!hasFailed)
                {
                    hasFailed = true;
                    Log.RoundFailed(_logger, StoreFaults.Tell(exception));
                }
            }

            if (rest != TimeSpan.Zero)
            {
                await woken.WaitAsync(rest, _clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                stoppingToken.ThrowIfCancellationRequested();
            }
        }
    }

    private void CertificateCame(string policyHost)
    {
        _retries.CertificateCame(policyHost);
        _certificateCame.Pulse();
    }

    private async Task RoundAsync(CancellationToken cancellationToken)
    {
        if (_served.Current is not { } target)
        {
            return;
        }

        await using var db = _store.Open();
        var changed = await ChangedAsync(db, target, cancellationToken);
        var ids = changed.Take(Batch).Select(change => change.Id).Concat(_retries.Due(Batch)).Distinct().ToList();
        foreach (var (domainId, revision) in changed.Skip(Batch))
        {
            _faults.Set(domainId, revision, "https.unread", "Its turn to be read back has not come yet.");
            _retries.AddDue(domainId);
        }

        if (ids.Count == 0 && _served.Verified == target)
        {
            return;
        }

        var rows = await RowsAsync(db, ids, cancellationToken);
        foreach (var gone in ids.Except(rows.Where(row => row.IsServed).Select(row => row.Id)))
        {
            Passed(gone);
        }

        // A row that has changed since is among the next changes; memory need not hold it yet.
        var wanted = rows.Where(row => row.IsServed && row.Revision <= target.Revision).Select(WantedPolicy.Of).ToList();
        var results = new ConcurrentBag<(WantedPolicy Wanted, FetchedPolicy Fetched)>();
        await Parallel.ForEachAsync(
            wanted,
            new ParallelOptions { MaxDegreeOfParallelism = FetchedAtOnce, CancellationToken = cancellationToken },
            async (one, token) => results.Add((one, await FetchAsync(one, token))));
        foreach (var (one, fetched) in results)
        {
            if (fetched.Outcome == FetchOutcome.Present)
            {
                Passed(one.DomainId);
            }
            else
            {
                _faults.Set(one.DomainId, one.Revision, fetched.Code, fetched.Reason);
                _retries.Failed(one.DomainId, one.Host, fetched.Code);
            }
        }

        if (_served.Verified != target || _faults.HasUnwritten)
        {
            _served.Verify(target);
        }
    }

    /// <summary>Newest first: somebody may be waiting for that.</summary>
    private async Task<List<(long Id, long Revision)>> ChangedAsync(HostDbContext db, StorePosition target, CancellationToken cancellationToken)
    {
        if (_served.Verified == target)
        {
            return [];
        }

        var rows = db.Domains.Where(row => row.State != DomainState.Pending && row.Revision <= target.Revision);
        if (_served.Verified is { } verified && verified.Epoch == target.Epoch)
        {
            foreach (var removed in await db.RemovedDomains.Where(row => row.Revision > verified.Revision).Select(row => row.DomainId).ToListAsync(cancellationToken))
            {
                Passed(removed);
            }

            rows = rows.Where(row => row.Revision > verified.Revision);
        }
        else
        {
            // The beginning, of this process or of an epoch. Ids that are in DNS are waited for by nobody, and a fault of the life before may have gone.
            await _faults.ReadAsync(db, cancellationToken);
            foreach (var fault in _faults.All)
            {
                _retries.AddDue(fault.DomainId);
            }

            rows = _publishes
                ? rows.Where(row => !db.DnsRecords.Any(record => record.DomainId == row.Id && record.Type == "TXT" && record.State == DnsRecordState.Live && record.Published!.Contains(row.PolicyId)))
                : rows.Where(row => false);
        }

        var changes = await rows.OrderByDescending(row => row.Revision).Select(row => new { row.Id, row.Revision }).ToListAsync(cancellationToken);
        return changes.ConvertAll(change => (change.Id, change.Revision));
    }

    private static async Task<List<HostedDomain>> RowsAsync(HostDbContext db, List<long> domainIds, CancellationToken cancellationToken)
    {
        var rows = new List<HostedDomain>(domainIds.Count);
        foreach (var ids in domainIds.Chunk(Batch))
        {
            rows.AddRange(await db.Domains.Where(row => ids.Contains(row.Id)).ToListAsync(cancellationToken));
        }

        return rows;
    }

    private async Task<FetchedPolicy> FetchAsync(WantedPolicy wanted, CancellationToken cancellationToken)
    {
        if (wanted.Body is null)
        {
            return new FetchedPolicy(FetchOutcome.OtherText, "policy.damaged", "The stored policy is damaged, and the one before is served on; PUT it again.");
        }

        return _addresses.Own is { } endpoint
            ? await _fetch.GetAsync(endpoint, wanted, _node.Name, cancellationToken)
            : new FetchedPolicy(FetchOutcome.Unreachable, "https.unreachable", "The node has no Policy endpoint.");
    }

    private void Passed(long domainId)
    {
        _faults.Clear(domainId);
        _retries.Remove(domainId);
    }

    private static partial class Log
    {
        [LoggerMessage(571, LogLevel.Warning, "What this node serves cannot be verified ({Reason}); ids of edits wait until it can")]
        public static partial void RoundFailed(ILogger logger, string reason);
    }
}
