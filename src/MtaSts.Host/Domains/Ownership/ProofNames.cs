namespace MtaSts.Host.Domains.Ownership;

/// <summary>What a tenant sets in DNS to show that a domain is his: one of the two.</summary>
/// <param name="Domain">The domain.</param>
/// <param name="Label">Of this pair of tenant and domain. It is no secret: that it stands in the domain's DNS is the proof.</param>
/// <param name="Zone">`Dns:Zone`; empty: nobody can delegate, and the TXT record is the only proof.</param>
internal sealed record ProofNames(string Domain, string Label, string Zone)
{
    public string AliasName => MailDomain.RecordNamePrefix + Domain;

    /// <summary>Null without a zone.</summary>
    public string? AliasTarget => Zone.Length == 0 ? null : $"{Label}.{TargetParent}";

    public string TextName => "_mta-sts-challenge." + Domain;

    /// <summary>Every tenant's target lies here.</summary>
    public string TargetParent => "_mta-sts." + Zone;
}
