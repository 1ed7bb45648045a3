namespace MtaSts.Testing;

/// <summary>A certificate that <see cref="StubCa"/> issued.</summary>
public sealed class StubCertificate
{
    internal StubCertificate()
    {
    }

    public required int Id { get; init; }

    public required IReadOnlyList<string> Names { get; init; }

    /// <summary>RFC 9773 §4.1.</summary>
    public required string CertId { get; init; }

    public required ReadOnlyMemory<byte> Der { get; init; }

    public required DateTimeOffset NotBefore { get; init; }

    public required DateTimeOffset NotAfter { get; init; }

    public string? Profile { get; init; }

    /// <summary>The certificate that the order said it replaces.</summary>
    public string? Replaces { get; init; }

    /// <summary>Null where it is not revoked; 0 where no reason was given.</summary>
    public int? RevocationReason { get; internal set; }

    /// <summary>Its own window of renewal, before that of the CA's behaviour.</summary>
    public (DateTimeOffset Start, DateTimeOffset End)? RenewalWindow { get; set; }

    internal int AccountId { get; init; }

    internal bool IsReplaced { get; set; }
}
