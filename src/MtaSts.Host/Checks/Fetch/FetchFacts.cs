using System.Net;

namespace MtaSts.Host.Checks.Fetch;

/// <summary>One fetch of the policy from one address. What was not reached is null.</summary>
internal sealed record FetchFacts(IPAddress Address, FetchOutcome Outcome)
{
    /// <summary>Why it ended so, for people.</summary>
    public string? Detail { get; init; }

    /// <summary>From the connection's start to the end of the answer.</summary>
    public TimeSpan Took { get; init; }

    /// <summary>From the connection's start until the answer's header was there.</summary>
    public TimeSpan? HeaderAfter { get; init; }

    public HandshakeFacts? Handshake { get; init; }

    public int? Status { get; init; }

    /// <summary>Where a redirect leads; nobody went there.</summary>
    public string? Location { get; init; }

    /// <summary>The field as it was sent.</summary>
    public string? ContentType { get; init; }

    /// <summary>The field as it was sent.</summary>
    public string? ContentEncoding { get; init; }

    /// <summary>Of an answer 200, up to <see cref="StsLimits.MaxBodyBytes"/>.</summary>
    public ReadOnlyMemory<byte>? Body { get; init; }
}

internal enum FetchOutcome
{
    /// <summary>The whole answer came; its status says more.</summary>
    Complete,

    /// <summary>Nobody was asked, for reasons of this side.</summary>
    Unchecked,

    /// <summary>No connection.</summary>
    Unreachable,

    /// <summary>No connection in time.</summary>
    ConnectTimeout,

    /// <summary>The other side speaks no TLS that senders must support.</summary>
    TlsVersion,

    /// <summary>The handshake failed otherwise.</summary>
    TlsFailed,

    /// <summary>Connected, but without the whole answer in time.</summary>
    Timeout,

    /// <summary>What came is no HTTP, has a header beyond all measure, or ends too early.</summary>
    Broken,

    /// <summary>Longer than <see cref="StsLimits.MaxBodyBytes"/>; it was not read on.</summary>
    TooLarge,
}
