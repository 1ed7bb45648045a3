namespace MtaSts.Host.DnsRecords.Customers;

/// <summary>What a record is for.</summary>
internal enum RecordPurpose
{
    /// <summary>Senders fetch the policy there.</summary>
    Host,

    /// <summary>Senders see there that there is a policy, and when it changes (RFC 8461 §3.1).</summary>
    PolicyId,

    /// <summary>Where reports go (RFC 8460 §3).</summary>
    Reports,

    /// <summary>The CA looks there (RFC 8555 §8.4).</summary>
    Challenge,

    /// <summary>That the domain is its tenant's.</summary>
    Proof,
}

/// <summary>Whether a record has to be set.</summary>
internal enum RecordUse
{
    Needed,

    /// <summary>Instead of the needed ones of its purpose, for who cannot set those.</summary>
    Alternative,

    /// <summary>Need not be there.</summary>
    Optional,
}

/// <summary>One RRset in a customer's own zone.</summary>
/// <param name="Name">Owner, no final dot.</param>
/// <param name="Type">`CNAME`, `TXT`, `A` or `AAAA`.</param>
/// <param name="Ttl">Seconds, as advised.</param>
/// <param name="Wanted">Data as in a zone file; empty: is to be gone, or nobody knows it.</param>
/// <param name="Purpose">What it is for.</param>
/// <param name="Use">Whether it has to be there.</param>
internal sealed record CustomerRecord(string Name, string Type, int Ttl, IReadOnlyList<string> Wanted, RecordPurpose Purpose, RecordUse Use);
