using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Domains.Ownership;

/// <summary>What one look at a proof comes to.</summary>
/// <param name="Code">Stable, one of <see cref="ProofCodes"/>; null: the proof is there and nothing stands against it.</param>
/// <param name="Message">The same in a sentence for people.</param>
/// <param name="Alias">The CNAME to the tenant's own label is there.</param>
/// <param name="Text">The TXT record with the label is there.</param>
internal sealed record ProofFinding(string? Code, string Message, bool Alias = false, bool Text = false)
{
    public bool IsProof => Alias || Text;

    public ProofKind Kind => Alias ? ProofKind.Alias : Text ? ProofKind.Text : ProofKind.None;

    /// <summary>The proof is not there, for sure. A look that failed, servers that do not agree (yet) and a wildcard never take a domain from anybody.</summary>
    public bool IsAbsent => Code is ProofCodes.Missing or ProofCodes.OtherLabel or ProofCodes.Chain;
}

internal static class ProofCodes
{
    public const string Missing = "proof.missing";

    /// <summary>The CNAME leads to a target in our zone that is not this tenant's for this domain (any more), or the TXT record holds another text.</summary>
    public const string OtherLabel = "proof.other-label";

    /// <summary>A CNAME leads elsewhere: where it goes on from there others decide.</summary>
    public const string Chain = "proof.chain";

    public const string Wildcard = "proof.wildcard";

    public const string ServersDisagree = "proof.servers-disagree";

    /// <summary>The servers could not be asked.</summary>
    public const string Unknown = "proof.unknown";

    /// <summary>The name is active for another tenant: then the CNAME alone is not enough.</summary>
    public const string TextNeeded = "proof.text-needed";

    /// <summary>The name is active for another tenant, who is told; the TXT record has to be there a day later as well.</summary>
    public const string Claimed = "proof.claimed";

    /// <summary>The name is active by a provider's word, who alone decides.</summary>
    public const string Held = "proof.held";

    /// <summary>Of an active domain: the tenant's edits are refused.</summary>
    public const string Lost = "proof.lost";
}
