namespace MtaSts.Acme;

/// <summary>What this library takes from a CA at most. An answer over a limit is an <see cref="AcmeException"/>, never a wait or a full memory.</summary>
public static class AcmeLimits
{
    /// <summary>Most octets of one answer's body.</summary>
    public const int MaxAnswerBytes = 1_048_576;

    /// <summary>Most characters of a URL that a CA names.</summary>
    public const int MaxUrlLength = 2_048;

    /// <summary>Most characters of a challenge's token (RFC 8555 §8.1; CAs use 43).</summary>
    public const int MaxTokenLength = 512;

    /// <summary>Most characters of a nonce (RFC 8555 §6.5.1).</summary>
    public const int MaxNonceLength = 1_024;

    /// <summary>Most certificates of one chain.</summary>
    public const int MaxChainLength = 10;

    /// <summary>Most entries of a list in an answer: identifiers, authorizations, challenges, orders of one page.</summary>
    public const int MaxListLength = 1_000;

    /// <summary>Most pages of a list of orders that are read.</summary>
    public const int MaxPages = 100;

    /// <summary>Most times that one request is signed because the CA refused its nonce (RFC 8555 §6.5).</summary>
    public const int MaxNonceAttempts = 20;

    /// <summary>Most characters that are kept of a problem's detail.</summary>
    public const int MaxDetailLength = 2_048;

    /// <summary>Most characters that are kept of a subproblem's detail.</summary>
    public const int MaxSubproblemDetailLength = 300;

    /// <summary>Most subproblems that are kept (RFC 8555 §6.7.1).</summary>
    public const int MaxSubproblems = 20;

    /// <summary>Shortest wait that a CA's <c>Retry-After</c> stands for.</summary>
    public static readonly TimeSpan MinRetryAfter = TimeSpan.FromSeconds(1);

    /// <summary>Longest wait that a CA's <c>Retry-After</c> stands for.</summary>
    public static readonly TimeSpan MaxRetryAfter = TimeSpan.FromDays(1);

    /// <summary>Shortest wait before renewal information is asked for again (RFC 9773 §4.3.2).</summary>
    public static readonly TimeSpan MinRenewalInfoRetryAfter = TimeSpan.FromMinutes(1);
}
