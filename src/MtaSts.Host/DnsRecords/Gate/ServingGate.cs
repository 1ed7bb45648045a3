using System.Collections.Concurrent;
using System.Net;
using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Nodes;

namespace MtaSts.Host.DnsRecords.Gate;

/// <summary>
/// Sees whether every node serves an edit (RFC 8461 §8.1): by what the nodes have verified of themselves, and by asking those that are silent. Safe from all
/// threads.
/// </summary>
internal sealed partial class ServingGate(Store store, NodeIdentity node, PolicyFetch fetch, TimeProvider clock, ILogger<ServingGate> logger)
{
    // As many ids as one query takes.
    private const int Batch = 500;

    private const int AskedAtOnce = 8;

    // Which heartbeat of a node was seen, and since when by this process's own count: clocks of machines differ.
    private readonly ConcurrentDictionary<string, (DateTimeOffset At, long Since)> _seen = new();

    /// <summary>
    /// One look, about these domains: a few queries; where a node is silent, also a fetch of each policy from there, within three seconds. A node that is silent
    /// for five minutes and does not answer then is taken for dead and no longer waited for. Looking each second does no harm.
    /// </summary>
    /// <param name="domainIds">With none the look takes note of the nodes, and nobody is asked.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="System.Data.Common.DbException">The store is away.</exception>
    public async Task<GateView> LookAsync(IReadOnlyCollection<long> domainIds, CancellationToken cancellationToken)
    {
        domainIds = [.. domainIds.Distinct()];
        await using var db = store.Open();
        // In this order. A node writes its faults in the transaction of the position that they belong to, so faults that are read after it are not older. A node
        // that registers after this look loads after it, and what it loads is as new as what may be announced by this look.
        var beats = await db.NodeHeartbeats.ToListAsync(cancellationToken);
        var state = await db.StoreState.SingleAsync(cancellationToken);
        store.RefuseAnother(state);
        var faults = await FaultsAsync(db, domainIds, cancellationToken);

        var nodes = beats.ConvertAll(Seen);
        foreach (var gone in _seen.Keys.Except(nodes.Select(seen => seen.Name)))
        {
            _seen.TryRemove(gone, out _);
        }

        var direct = new Dictionary<(string, long), (DirectAnswer, long)>();
        foreach (var silent in nodes.Where(seen => seen.SilentFor is not null).ToList())
        {
            var beat = beats.Single(row => row.Node == silent.Name);
            var inDoubt = await InDoubtAsync(db, beat, state, domainIds, faults, cancellationToken);
            if (inDoubt.Count == 0)
            {
                continue;
            }

            var answers = await AskAsync(beat, inDoubt, cancellationToken);
            if (GateRules.IsDead(silent.SilentFor!.Value, answers.Values.Any(answer => answer.Answer != DirectAnswer.Nothing)) && await BuryAsync(beat, cancellationToken))
            {
                Log.TakenForDead(logger, silent.Name, silent.SilentFor.Value, beat.PolicyAddresses);
                nodes.Remove(silent);
            }

            foreach (var (domainId, answer) in answers)
            {
                direct[(silent.Name, domainId)] = answer;
            }
        }

        return new GateView(new GateStore(state.Epoch, state.Revision), node.Name, nodes, domainIds, faults, direct);
    }

    private GateNode Seen(NodeHeartbeat beat)
    {
        var timestamp = clock.GetTimestamp();
        var seen = _seen.AddOrUpdate(beat.Node, _ => (beat.At, timestamp), (_, before) => before.At == beat.At ? before : (beat.At, timestamp));
        var unchangedFor = clock.GetElapsedTime(seen.Since, timestamp);
        var isSilent = beat.Node != node.Name && GateRules.IsSilent(beat.At, clock.GetUtcNow(), unchangedFor);
        return new GateNode(beat.Node, beat.Epoch, beat.Revision, isSilent ? unchangedFor : null);
    }

    private static async Task<List<NodeFault>> FaultsAsync(HostDbContext db, IReadOnlyCollection<long> domainIds, CancellationToken cancellationToken)
    {
        var faults = new List<NodeFault>();
        foreach (var ids in domainIds.Chunk(Batch))
        {
            faults.AddRange(await db.NodeFaults.Where(fault => ids.Contains(fault.DomainId)).ToListAsync(cancellationToken));
        }

        return faults;
    }

    /// <summary>The domains whose present text the silent node has not told to serve.</summary>
    private static async Task<List<WantedPolicy>> InDoubtAsync(
        HostDbContext db, NodeHeartbeat beat, StoreState state, IReadOnlyCollection<long> domainIds, List<NodeFault> faults, CancellationToken cancellationToken)
    {
        var faulty = faults.Where(fault => fault.Node == beat.Node).Select(fault => fault.DomainId).ToHashSet();
        var verified = beat.Epoch == state.Epoch && beat.Revision <= state.Revision ? beat.Revision : -1;
        var inDoubt = new List<WantedPolicy>();
        foreach (var ids in domainIds.Chunk(Batch))
        {
            var rows = await db.Domains.Where(row => ids.Contains(row.Id) && row.State != DomainState.Pending).ToListAsync(cancellationToken);
            inDoubt.AddRange(rows.Where(row => row.Revision > verified || faulty.Contains(row.Id)).Select(WantedPolicy.Of).Where(wanted => wanted.Body is not null));
        }

        return inDoubt;
    }

    private async Task<Dictionary<long, (DirectAnswer Answer, long Revision)>> AskAsync(NodeHeartbeat beat, List<WantedPolicy> inDoubt, CancellationToken cancellationToken)
    {
        // Where the first question finds nobody the others would only wait for nothing.
        var first = await AskAsync(beat, inDoubt[0], cancellationToken);
        var answers = new ConcurrentDictionary<long, (DirectAnswer, long)>();
        answers[inDoubt[0].DomainId] = (first, inDoubt[0].Revision);
        if (first != DirectAnswer.Nothing)
        {
            await Parallel.ForEachAsync(
                inDoubt.Skip(1),
                new ParallelOptions { MaxDegreeOfParallelism = AskedAtOnce, CancellationToken = cancellationToken },
                async (wanted, token) => answers[wanted.DomainId] = (await AskAsync(beat, wanted, token), wanted.Revision));
        }

        return new(answers);
    }

    /// <summary>At all its addresses at once: some of them may lead elsewhere from here.</summary>
    private async Task<DirectAnswer> AskAsync(NodeHeartbeat beat, WantedPolicy wanted, CancellationToken cancellationToken)
    {
        var endpoints = beat.PolicyAddresses.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(text => IPEndPoint.TryParse(text, out var endpoint) ? endpoint : null).OfType<IPEndPoint>();
        var fetched = await Task.WhenAll(endpoints.Select(endpoint => fetch.GetAsync(endpoint, wanted, beat.Node, cancellationToken)));
        return GateRules.Sum(fetched.Select(answer => answer.Outcome));
    }

    /// <summary>Not when it has beaten since it was looked at, nor when another one was faster.</summary>
    private async Task<bool> BuryAsync(NodeHeartbeat beat, CancellationToken cancellationToken)
    {
        var deleted = 0;
        await store.WriteAsideAsync(
            async db =>
            {
                deleted = await db.NodeHeartbeats.Where(row => row.Node == beat.Node && row.At == beat.At).ExecuteDeleteAsync(cancellationToken);
                if (deleted == 1)
                {
                    await db.NodeFaults.Where(fault => fault.Node == beat.Node).ExecuteDeleteAsync(cancellationToken);
                }
            },
            cancellationToken);
        return deleted == 1;
    }

    private static partial class Log
    {
        [LoggerMessage(
            570, LogLevel.Warning, "Node {Node} has been silent for {Silence} and does not answer at {Addresses}: it is taken for dead and no longer waited for. If it serves after all, stop it")]
        public static partial void TakenForDead(ILogger logger, string node, TimeSpan silence, string addresses);
    }
}
