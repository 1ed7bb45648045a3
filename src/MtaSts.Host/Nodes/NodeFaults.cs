using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Nodes;

/// <summary>The domains that this node does not serve as they are stored: in memory, and written by the heartbeat. Safe from all threads.</summary>
internal sealed class NodeFaults(NodeIdentity node, TimeProvider clock)
{
    private const int Batch = 500;
    private const int MostCharacters = 1000;

    private readonly Lock _gate = new();
    private readonly Dictionary<long, NodeFault> _faults = [];
    private readonly HashSet<long> _unwritten = [];

    public IReadOnlyList<NodeFault> All
    {
        get
        {
            lock (_gate)
            {
                return [.. _faults.Values];
            }
        }
    }

    public bool HasUnwritten
    {
        get
        {
            lock (_gate)
            {
                return _unwritten.Count > 0;
            }
        }
    }

    /// <summary>What this node wrote before it was restarted; a word of this life counts more.</summary>
    public async Task ReadAsync(HostDbContext db, CancellationToken cancellationToken)
    {
        var rows = await db.NodeFaults.Where(row => row.Node == node.Name).ToListAsync(cancellationToken);
        lock (_gate)
        {
            foreach (var row in rows.Where(row => !_unwritten.Contains(row.DomainId)))
            {
                _faults.TryAdd(row.DomainId, row);
            }
        }
    }

    public void Set(long domainId, long revision, string code, string reason)
    {
        // The column's width: a beat that could not be written would hold up everything.
        reason = reason.Length <= MostCharacters ? reason : reason[..MostCharacters];
        lock (_gate)
        {
            _faults.TryGetValue(domainId, out var before);
            if (before?.Revision == revision && before.Code == code && before.Reason == reason)
            {
                return;
            }

            _faults[domainId] = new NodeFault { Node = node.Name, DomainId = domainId, Revision = revision, Code = code, Reason = reason, Since = before?.Since ?? clock.GetUtcNow() };
            _unwritten.Add(domainId);
        }
    }

    public void Clear(long domainId)
    {
        lock (_gate)
        {
            if (_faults.Remove(domainId))
            {
                _unwritten.Add(domainId);
            }
        }
    }

    /// <summary>What the store does not know yet; null: the fault has gone.</summary>
    public IReadOnlyDictionary<long, NodeFault?> Unwritten()
    {
        lock (_gate)
        {
            return _unwritten.ToDictionary(domainId => domainId, domainId => _faults.GetValueOrDefault(domainId));
        }
    }

    /// <summary>In the caller's transaction.</summary>
    public async Task WriteAsync(HostDbContext db, IReadOnlyDictionary<long, NodeFault?> changes, CancellationToken cancellationToken)
    {
        foreach (var batch in changes.Chunk(Batch))
        {
            var ids = batch.Select(change => change.Key).ToList();
            await db.NodeFaults.Where(row => row.Node == node.Name && ids.Contains(row.DomainId)).ExecuteDeleteAsync(cancellationToken);
            db.NodeFaults.AddRange(batch.Select(change => change.Value).OfType<NodeFault>());
            await db.SaveChangesAsync(cancellationToken);
            db.ChangeTracker.Clear();
        }
    }

    /// <summary>After the commit. What has changed again meanwhile stays for the next time.</summary>
    public void Written(IReadOnlyDictionary<long, NodeFault?> changes)
    {
        lock (_gate)
        {
            foreach (var (domainId, fault) in changes)
            {
                if (_faults.GetValueOrDefault(domainId) == fault)
                {
                    _unwritten.Remove(domainId);
                }
            }
        }
    }
}
