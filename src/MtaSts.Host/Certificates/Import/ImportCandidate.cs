namespace MtaSts.Host.Certificates.Import;

/// <summary>A certificate that was found and names a policy host.</summary>
/// <param name="File">Where.</param>
/// <param name="Hosts">The policy hosts that it names.</param>
/// <param name="Parents">`example.com` of each `*.example.com` that it names.</param>
/// <param name="Leaf">DER.</param>
/// <param name="Issuers">The intermediates in order, DER, one after the other.</param>
/// <param name="Pkcs8">Its key; wiped after use.</param>
/// <param name="Key">The kind of key, for people.</param>
/// <param name="NotBefore">As in the leaf.</param>
/// <param name="NotAfter">As in the leaf.</param>
/// <param name="IsTrusted">Whether a root of this machine stands behind it.</param>
/// <param name="Faults">Why it cannot be used, each in a sentence's end; empty when it can.</param>
internal sealed record ImportCandidate(
    string File,
    IReadOnlyList<string> Hosts,
    IReadOnlyList<string> Parents,
    byte[] Leaf,
    byte[] Issuers,
    byte[] Pkcs8,
    string Key,
    DateTimeOffset NotBefore,
    DateTimeOffset NotAfter,
    bool IsTrusted,
    IReadOnlyList<string> Faults)
{
    public bool IsUsable => Faults.Count == 0;

    /// <summary>What a record prints by itself would hold the key.</summary>
    public override string ToString() => File;
}
