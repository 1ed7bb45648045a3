using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.DnsRecords.Gate;

/// <summary>Why an id is not announced yet. No failure: what is missing may come by itself.</summary>
/// <param name="Code">Stable: one of those in <see cref="GateRules"/>, or that of the node's own look, such as `https.unreachable`.</param>
/// <param name="Reason">For people, one sentence.</param>
internal sealed record GateHold(string Code, string Reason)
{
    /// <summary>Of a first policy in `enforce` that no guard has looked at yet.</summary>
    public static readonly GateHold Unjudged = new("guard.waiting", "Its mail servers are looked at before the first policy in enforce is announced.");

    public static GateHold Of(AnnouncementHold hold) => new(hold.Code ?? Unjudged.Code, hold.Reason ?? Unjudged.Reason);
}
