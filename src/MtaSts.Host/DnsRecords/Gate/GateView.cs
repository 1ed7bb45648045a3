using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.DnsRecords.Gate;

/// <summary>What <see cref="ServingGate"/> saw at one look, for the domains that it was asked about. Immutable.</summary>
internal sealed class GateView(
    GateStore store,
    string own,
    IReadOnlyList<GateNode> nodes,
    IReadOnlyCollection<long> domainIds,
    IEnumerable<NodeFault> faults,
    IReadOnlyDictionary<(string Node, long DomainId), (DirectAnswer Answer, long Revision)> direct)
{
    private readonly HashSet<long> _domainIds = [.. domainIds];
    private readonly Dictionary<(string Node, long DomainId), GateHold> _faults =
        faults.ToDictionary(fault => (fault.Node, fault.DomainId), fault => new GateHold(fault.Code, fault.Reason));

    public IReadOnlyList<GateNode> Nodes => nodes;

    /// <summary>Whether every node serves that revision of the domain's row, or a later one.</summary>
    /// <returns>Null: it does, and the id may be announced; otherwise why not.</returns>
    /// <exception cref="ArgumentException">The look was not about this domain.</exception>
    public GateHold? Of(long domainId, long revision)
    {
        if (!_domainIds.Contains(domainId))
        {
            throw new ArgumentException($"The look was not about domain {domainId}.", nameof(domainId));
        }

        return GateRules.Hold(
            store,
            own,
            [.. nodes.Select(node => new GateAnswer(node, _faults.GetValueOrDefault((node.Name, domainId)), DirectOf(node, domainId, revision)))],
            revision);
    }

    // An answer for an earlier revision says nothing of this one.
    private DirectAnswer DirectOf(GateNode node, long domainId, long revision) =>
        direct.TryGetValue((node.Name, domainId), out var asked) && (asked.Answer != DirectAnswer.PresentText || asked.Revision >= revision) ? asked.Answer : DirectAnswer.NotAsked;
}
