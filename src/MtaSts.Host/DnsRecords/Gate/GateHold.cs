namespace MtaSts.Host.DnsRecords.Gate;

/// <summary>Why an id is not announced yet. No failure: what is missing may come by itself.</summary>
/// <param name="Code">Stable: one of those in <see cref="GateRules"/>, or that of the node's own look, such as `https.unreachable`.</param>
/// <param name="Reason">For people, one sentence.</param>
internal sealed record GateHold(string Code, string Reason);
