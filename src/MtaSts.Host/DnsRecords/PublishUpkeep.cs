using Microsoft.EntityFrameworkCore;
using MtaSts.Acme;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.DnsRecords.Comparison;
using MtaSts.Host.DnsRecords.Gate;
using MtaSts.Host.DnsRecords.Publishers;
using MtaSts.Host.Nodes;

namespace MtaSts.Host.DnsRecords;

/// <summary>
/// Loop, on one node at a time: compares what is wanted with what is in DNS, writes what differs, and looks at all authoritative servers whether it is there.
/// An id is written only when every node serves its text (RFC 8461 §8.1). What cannot be written now waits; nothing else waits for it.
/// </summary>
internal sealed partial class PublishUpkeep(
    RecordSync sync, RecordStore records, RecordChecks checks, ServingGate gate, ComparisonRuns comparisons, IEnumerable<IDnsPublisher> publishers, Leases leases, Store store,
    PublishMetrics metrics, TimeProvider clock, ILogger<PublishUpkeep> logger) : BackgroundService
{
    private const string LeaseName = "dns-records";
    private const int MostWrites = 1000;
    private const int MostChecks = 200;
    private const int ChecksAtOnce = 32;

    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    // None: people write, and what they have written is watched.
    private readonly IDnsPublisher? _publisher = publishers.SingleOrDefault();

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await comparisons.StopAsync();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        string? lease = null;
        var failures = 0;
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                var woken = store.Written.Next;
                var pause = LookEvery;
                try
                {
                    if (lease is not null && !await leases.RenewAsync(LeaseName, lease, Lease, stoppingToken))
                    {
                        lease = null;
                        await comparisons.StopAsync();
                    }

                    if (lease is null && (lease = await leases.TryTakeAsync(LeaseName, Lease, stoppingToken)) is not null)
                    {
                        sync.Forget();
                    }

                    if (lease is not null)
                    {
                        metrics.Rounds.Add(1);
                        pause = await RunAsync(stoppingToken);
                        comparisons.Go();
                    }

                    failures = 0;
                }
                catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
                {
                    metrics.Failures.Add(1);
                    // What was noted in memory and not in the store is worked out again.
                    sync.Forget();
                    if (failures++ == 0)
                    {
                        Log.RoundFailed(logger, StoreFaults.Tell(exception));
                    }

                    pause = TimeSpan.FromTicks(Math.Min(LookEvery.Ticks << Math.Min(failures, 6), LongestPause.Ticks));
                    woken = Task.Delay(pause, clock, stoppingToken);
                }

                await Task.WhenAny(woken, Task.Delay(pause, clock, stoppingToken));
            }
        }
        finally
        {
            // Also when it was stopped in the middle of a round: the next node goes on at once.
            if (lease is not null)
            {
                await ReleaseAsync(lease);
            }
        }
    }

    /// <summary>One round; returns how long there is nothing to do.</summary>
    public async Task<TimeSpan> RunAsync(CancellationToken cancellationToken)
    {
        await sync.RunAsync(cancellationToken);
        await TakeBackAsync(cancellationToken);
        await WriteAsync(cancellationToken);
        await CheckAsync(cancellationToken);
        var next = await records.NextDueAsync(cancellationToken) - clock.GetUtcNow();
        metrics.OldestDue = next < TimeSpan.Zero ? -next.Value : TimeSpan.Zero;
        return next is not { } wait || wait > LookEvery ? LookEvery : wait > ShortestPause ? wait : ShortestPause;
    }

    /// <summary>What the comparison of the zone found, as far as nothing has changed since.</summary>
    private async Task TakeBackAsync(CancellationToken cancellationToken)
    {
        if (!comparisons.TryTake(out var lost))
        {
            return;
        }

        var now = clock.GetUtcNow();
        var rows = await records.FindAsync([.. lost.Select(record => record.Name).Distinct()], cancellationToken);
        var found = rows.Where(row => row.State == DnsRecordState.Live)
            .Join(lost, row => (row.Name, row.Type, row.Offered), record => (record.Name, record.Type, record.Offered), (row, record) => (Row: row, record.Fault)).ToList();
        found.ForEach(pair => RecordRules.LostInZone(pair.Row, pair.Fault == ZoneFault.Missing ? "The zone does not have it." : "The zone has something else.", now));
        await records.SaveAsync([.. found.Select(pair => pair.Row)], [], cancellationToken);
    }

    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        var due = await records.DueAsync(unwritten: true, MostWrites, cancellationToken);
        if (due.Count == 0)
        {
            return;
        }

        // Also with none: the look takes note of nodes that fall silent.
        long[] gated = [.. due.Where(IsGated).Select(row => row.DomainId).Distinct()];
        var view = await gate.LookAsync(gated, cancellationToken);
        var unjudged = await UnjudgedAsync(gated, cancellationToken);
        var ready = new List<DnsRecordStatus>();
        foreach (var row in due)
        {
            if (IsGated(row) && view.Of(row.DomainId, row.Gate) is { } hold)
            {
                RecordRules.Held(row, hold.Code, hold.Reason, clock.GetUtcNow());
            }
            else if (IsGated(row) && unjudged.TryGetValue(row.DomainId, out var waits))
            {
                RecordRules.Held(row, waits.Code, waits.Reason, clock.GetUtcNow());
            }
            else
            {
                ready.Add(row);
            }
        }

        var failed = _publisher is null
            ? []
            : await PublishBatch.ApplyAsync(_publisher, [.. ready.Select(ChangeOf)], cancellationToken);
        var byKey = failed.ToDictionary(entry => (entry.Key.Name, entry.Key.Type), entry => entry.Value);
        foreach (var row in ready)
        {
            if (byKey.TryGetValue((row.Name, row.Type), out var failure))
            {
                RecordRules.WriteFailed(row, failure.Code, failure.Message, failure.RetryAfter, clock.GetUtcNow(), Random.Shared);
            }
            else
            {
                RecordRules.Written(row, clock.GetUtcNow());
            }
        }

        await records.SaveAsync(due, [], cancellationToken);
        metrics.Written.Add(ready.Count - byKey.Count);
        if (byKey.Count > 0)
        {
            metrics.Refused.Add(byKey.Count);
            var ((name, _), first) = byKey.First();
            Log.WriteFailed(logger, byKey.Count, name, first.Code, first.Message);
        }
    }

    private async Task<Dictionary<long, GateHold>> UnjudgedAsync(long[] domains, CancellationToken cancellationToken)
    {
        if (domains.Length == 0)
        {
            return [];
        }

        await using var db = store.Open();
        return (await db.AnnouncementHolds.Where(hold => domains.Contains(hold.DomainId)).ToListAsync(cancellationToken))
            .ToDictionary(hold => hold.DomainId, GateHold.Of);
    }

    private async Task CheckAsync(CancellationToken cancellationToken)
    {
        var due = await records.DueAsync(unwritten: false, MostChecks, cancellationToken);
        if (due.Count == 0)
        {
            return;
        }

        var found = new RecordCheck[due.Count];
        await Parallel.ForAsync(
            0, due.Count, new ParallelOptions { MaxDegreeOfParallelism = ChecksAtOnce, CancellationToken = cancellationToken }, async (index, token) => found[index] = await checks.CheckAsync(due[index], token));
        var gone = new List<DnsRecordStatus>();
        for (var index = 0; index < due.Count; index++)
        {
            var row = due[index];
            var before = row.State;
            if (!RecordRules.Checked(row, found[index], byPeople: _publisher is null, clock.GetUtcNow(), Random.Shared))
            {
                gone.Add(row);
            }

            Tell(row, before);
        }

        await records.SaveAsync([.. due.Except(gone)], gone, cancellationToken);
        await MarkChallengesAsync([.. due.Where(row => row is { State: DnsRecordState.Live, Gate: 0, Type: "TXT" })], cancellationToken);
    }

    private void Tell(DnsRecordStatus row, DnsRecordState before)
    {
        if (row.State == before)
        {
            return;
        }

        if (row.State == DnsRecordState.Live)
        {
            Log.Live(logger, row.Name, row.Type, row.Published);
        }
        else if (row.State == DnsRecordState.Drift)
        {
            Log.Drift(logger, row.Name, row.Type, row.Reason);
        }
    }

    // RFC 8555 §8.4: issuance waits for every authoritative server before it tells the CA.
    private async Task MarkChallengesAsync(IReadOnlyList<DnsRecordStatus> live, CancellationToken cancellationToken)
    {
        long[] domains = [.. live.Select(row => row.DomainId).Distinct()];
        if (domains.Length == 0)
        {
            return;
        }

        var now = clock.GetUtcNow();
        var published = live.SelectMany(row => RecordRules.Lines(row.Published)).ToHashSet(StringComparer.Ordinal);
        await using var db = store.Open();
        string[] hosts = [.. (await db.Domains.Where(row => domains.Contains(row.Id)).Select(row => row.Name).ToListAsync(cancellationToken)).Select(name => MailDomain.PolicyHostPrefix + name)];
        var open = await db.ChallengeAnswers.Where(row => hosts.Contains(row.HostName) && row.Type == AcmeChallengeTypes.Dns01 && row.InDnsSince == null).ToListAsync(cancellationToken);
        foreach (var answer in open.Where(row => KeyAuthorization.TryParse(row.KeyAuthorization, out var parsed) && published.Contains(RecordText.Txt(parsed.DnsTxtValue))))
        {
            await store.WriteAsideAsync(
                write => write.ChallengeAnswers.Where(row => row.HostName == answer.HostName && row.Token == answer.Token && row.KeyAuthorization == answer.KeyAuthorization)
                    .ExecuteUpdateAsync(set => set.SetProperty(row => row.InDnsSince, now), cancellationToken),
                cancellationToken);
        }
    }

    private async Task ReleaseAsync(string lease)
    {
        try
        {
            await leases.ReleaseAsync(LeaseName, lease, CancellationToken.None);
        }
        catch (Exception exception) when (StoreFaults.IsAway(exception))
        {
            // It runs out by itself.
        }
    }

    private static bool IsGated(DnsRecordStatus row) => row.Gate > 0 && row.Wanted is not null;

    private static RecordChange ChangeOf(DnsRecordStatus row) => new(row.Name, row.Type, row.Ttl, RecordRules.Lines(row.Wanted));

    private static partial class Log
    {
        [LoggerMessage(500, LogLevel.Warning, "Records cannot be published ({Reason}); it is tried again, and what is in DNS stays")]
        public static partial void RoundFailed(ILogger logger, string reason);

        [LoggerMessage(501, LogLevel.Warning, "{Count} records were not written to DNS, first {Name} ({Code}): {Reason} They are tried again")]
        public static partial void WriteFailed(ILogger logger, int count, string name, string code, string reason);

        [LoggerMessage(502, LogLevel.Information, "{Name} {Type} is in DNS at every server: {Data}")]
        public static partial void Live(ILogger logger, string name, string type, string? data);

        [LoggerMessage(503, LogLevel.Warning, "{Name} {Type} in DNS is not what was published: {Reason}")]
        public static partial void Drift(ILogger logger, string name, string type, string? reason);
    }
}
