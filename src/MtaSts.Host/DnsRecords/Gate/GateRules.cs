using System.Globalization;

namespace MtaSts.Host.DnsRecords.Gate;

/// <summary>
/// May the id of an edit be announced? RFC 8461 §8.1: first every node serves the text, then the id changes; a sender that sees the new id and is given the
/// old text would keep that under the new id for up to max_age. Pure.
/// </summary>
internal static class GateRules
{
    /// <summary>The node that asks has no heartbeat of its own in the store, so others may be missing there, too.</summary>
    public const string Unregistered = "node.unregistered";

    /// <summary>A node has registered and has not verified yet what it serves.</summary>
    public const string Starting = "node.starting";

    /// <summary>A node serves an earlier revision.</summary>
    public const string Behind = "node.behind";

    /// <summary>A node serves another history of the store: a backup was restored, and it has not noticed yet.</summary>
    public const string OtherHistory = "node.history";

    /// <summary>A node no longer beats and does not answer; in a while it is taken for dead.</summary>
    public const string Silent = "node.silent";

    /// <summary>A node no longer beats and still serves an old text.</summary>
    public const string OldText = "node.old-text";

    /// <summary>A node has no certificate of the policy host that a sender would take; the old text is not given out there either.</summary>
    public const string WaitingForCertificate = "waiting.certificate";

    /// <summary>Codes of faults that begin so are of the certificate.</summary>
    public const string CertificateFaults = "certificate.";

    /// <summary>Three beats.</summary>
    public static readonly TimeSpan SilentAfter = TimeSpan.FromSeconds(30);

    public static readonly TimeSpan DeadAfter = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan ClockSlack = TimeSpan.FromMinutes(10);

    /// <param name="at">What the heartbeat says, by that node's clock.</param>
    /// <param name="now">By ours.</param>
    /// <param name="unchangedFor">For how long we have seen this very heartbeat: what the two clocks cannot falsify.</param>
    public static bool IsSilent(DateTimeOffset at, DateTimeOffset now, TimeSpan unchangedFor) =>
        unchangedFor >= SilentAfter || now - at >= SilentAfter || at - now > ClockSlack;

    /// <param name="unchangedFor">As for <see cref="IsSilent"/>. By the clocks alone a node whose clock is slow would be dead while it serves.</param>
    /// <param name="gaveSignOfLife">Whether it answered just now.</param>
    public static bool IsDead(TimeSpan unchangedFor, bool gaveSignOfLife) => !gaveSignOfLife && unchangedFor >= DeadAfter;

    /// <summary>What the answers from all addresses of one node come to.</summary>
    public static DirectAnswer Sum(IEnumerable<FetchOutcome> outcomes)
    {
        var all = outcomes.ToHashSet();
        return all.Contains(FetchOutcome.OtherText) ? DirectAnswer.OldText
            : all.Contains(FetchOutcome.Present) ? DirectAnswer.PresentText
            : all.Contains(FetchOutcome.NoCertificate) ? DirectAnswer.Refused
            : DirectAnswer.Nothing;
    }

    /// <param name="store">The store's epoch and revision, read after the nodes' heartbeats.</param>
    /// <param name="own">The node that asks.</param>
    /// <param name="nodes">Every registered node with what is known of it about one domain.</param>
    /// <param name="revision">Of the domain's row whose id is to be announced.</param>
    /// <returns>Null: open. What else holds comes before <see cref="WaitingForCertificate"/>.</returns>
    public static GateHold? Hold(GateStore store, string own, IReadOnlyCollection<GateAnswer> nodes, long revision)
    {
        if (!nodes.Any(node => node.Node.Name == own))
        {
            return new GateHold(Unregistered, $"Node {own} could not register in the store yet.");
        }

        var holds = nodes.Select(node => Hold(store, node, revision)).OfType<GateHold>().ToList();
        return holds.Find(hold => hold.Code != WaitingForCertificate) ?? holds.FirstOrDefault();
    }

    private static GateHold? Hold(GateStore store, GateAnswer answer, long revision)
    {
        var (node, fault, direct) = answer;
        // A revision beyond the store's is of a history that a restored backup has ended.
        var serves = node.Epoch == store.Epoch && node.Revision >= revision && node.Revision <= store.Revision;
        if (serves && fault is null)
        {
            // Also of a node that is silent now: it has served this text, and no node goes back.
            return null;
        }

        if (node.SilentFor is { } silence && !(serves && direct == DirectAnswer.Refused))
        {
            return direct switch
            {
                DirectAnswer.PresentText => null,
                DirectAnswer.OldText => new GateHold(OldText, $"Node {node.Name} has been silent for {Words(silence)} and still serves an old text."),
                DirectAnswer.Refused => new GateHold(Silent, $"Node {node.Name} has been silent for {Words(silence)}; it lives, and gives out no policy of this domain."),
                _ => new GateHold(Silent, $"Node {node.Name} has been silent for {Words(silence)} and does not answer; after {Words(DeadAfter)} it is taken for dead."),
            };
        }

        if (serves)
        {
            return fault!.Code.StartsWith(CertificateFaults, StringComparison.Ordinal)
                ? new GateHold(WaitingForCertificate, $"Node {node.Name}: {fault.Reason}")
                : fault with { Reason = $"Node {node.Name}: {fault.Reason}" };
        }

        if (node.Epoch.Length == 0)
        {
            return new GateHold(Starting, $"Node {node.Name} starts and has not verified yet what it serves.");
        }

        return node.Epoch != store.Epoch || node.Revision > store.Revision
            ? new GateHold(OtherHistory, $"Node {node.Name} serves what was in the store before a backup was restored.")
            : new GateHold(Behind, string.Create(CultureInfo.InvariantCulture, $"Node {node.Name} has verified revision {node.Revision}, and this edit is {revision}."));
    }

    private static string Words(TimeSpan time) => time < TimeSpan.FromMinutes(2)
        ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0} s")
        : string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:0} min");
}

/// <summary>Where the store stands.</summary>
internal sealed record GateStore(string Epoch, long Revision);

/// <summary>A registered node.</summary>
/// <param name="Name">As in its heartbeat.</param>
/// <param name="Epoch">Empty until it has verified what it serves.</param>
/// <param name="Revision">Up to which it has verified every change, or told its fault.</param>
/// <param name="SilentFor">Null while it beats; the node that asks is never silent to itself.</param>
internal sealed record GateNode(string Name, string Epoch, long Revision, TimeSpan? SilentFor);

/// <summary>What is known of a node about one domain.</summary>
/// <param name="Node">Which.</param>
/// <param name="Fault">What it says itself of this domain; null: that it serves the text.</param>
/// <param name="Direct">What it answered when it was asked directly.</param>
internal sealed record GateAnswer(GateNode Node, GateHold? Fault, DirectAnswer Direct);

/// <summary>What a silent node answers to a request for a policy.</summary>
internal enum DirectAnswer
{
    NotAsked,

    /// <summary>Nothing, or another one answers at its addresses.</summary>
    Nothing,

    /// <summary>It lives, and refuses the name or presents a certificate that no sender takes.</summary>
    Refused,

    OldText,

    PresentText,
}
