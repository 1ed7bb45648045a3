namespace MtaSts.Acme;

/// <summary>An answer with what the protocol reads of it.</summary>
internal sealed record AcmeResponse
{
    public required string Operation { get; init; }

    public required Uri Url { get; init; }

    public required int Status { get; init; }

    public required byte[] Body { get; init; }

    /// <summary>The body went on behind the bound.</summary>
    public bool IsTooLong { get; init; }

    public string? Nonce { get; init; }

    public Uri? Location { get; init; }

    public IReadOnlyList<AcmeLink> Links { get; init; } = [];

    public DateTimeOffset? Date { get; init; }

    public TimeSpan? RetryAfter { get; init; }

    public IReadOnlyList<Uri> LinksOf(string relation) => [.. Links.Where(link => link.Relation == relation).Select(link => link.Target)];

    /// <remarks>RFC 8555 §7.3, §7.4: without it the new resource could not be found again.</remarks>
    public Uri RequiredLocation => Location ?? throw AcmeException.Garbage(Operation, Url, "Location is missing, or is not an https URL");
}
