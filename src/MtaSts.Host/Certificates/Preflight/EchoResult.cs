using System.Net;

namespace MtaSts.Host.Certificates.Preflight;

internal enum EchoOutcome
{
    /// <summary>One of our nodes answered.</summary>
    Ours,

    /// <summary>Something else answered.</summary>
    Other,

    /// <summary>No connection, or it broke.</summary>
    Unreachable,

    Timeout,
}

/// <summary>What came back from one address; the status is there where something else answered with one.</summary>
internal sealed record EchoResult(IPAddress Address, EchoOutcome Outcome, int? Status = null);
