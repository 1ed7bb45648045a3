using System.Collections.Concurrent;
using System.Net;

namespace MtaSts.Testing;

/// <summary>What <see cref="StubCa"/> offers and how it behaves. May be changed at any time, from any thread.</summary>
public sealed class StubCaBehaviour
{
    /// <summary>Every connection is cut.</summary>
    public bool IsDown { get; set; }

    /// <summary>Runs when a request was carried out and its answer is not yet under way.</summary>
    public Func<StubRequestKind, Task>? BeforeAnswer { get; set; }

    /// <summary>How many of the good nonces are refused, 0 to 1.</summary>
    public double NonceRefusalRate { get; set; }

    /// <summary>How far the CA's <c>Date</c> is from the clock; the dates of certificates are not concerned.</summary>
    public TimeSpan DateOffset { get; set; }

    public string? TermsOfService { get; set; } = "https://stub-ca.example/terms/1";

    /// <summary>The terms have changed: <c>userActionRequired</c> to all that costs something, until a person has agreed (RFC 8555 §7.3.3).</summary>
    public bool NeedsAgreement { get; set; }

    public IReadOnlyList<string> CaaIdentities { get; set; } = ["stub-ca.example"];

    /// <summary>Name and description. Empty: no profiles.</summary>
    public IReadOnlyDictionary<string, string> Profiles { get; set; } = new Dictionary<string, string>();

    /// <summary>Key id and key in base64url. Not empty: a new account needs one of them.</summary>
    public IReadOnlyDictionary<string, string> ExternalAccountKeys { get; set; } = new Dictionary<string, string>();

    /// <summary>An answer with an empty <c>meta</c>.</summary>
    public bool HasMeta { get; set; } = true;

    public bool HasKeyChange { get; set; } = true;

    public bool HasRenewalInfo { get; set; } = true;

    /// <summary>Does <c>orders</c> come as an object (RFC 8555 §7.1.2.1), or as a bare list?</summary>
    public bool HasBareOrderLists { get; set; }

    public int OrdersPerPage { get; set; } = 3;

    /// <summary>An open order for the same names is given again, with 201.</summary>
    public bool ReusesOrders { get; set; }

    /// <summary>Authorizations that are valid serve further orders.</summary>
    public bool ReusesAuthorizations { get; set; }

    /// <summary>Names that newOrder answers <c>rejectedIdentifier</c>.</summary>
    public IReadOnlyCollection<string> RejectedNames { get; set; } = [];

    /// <summary>Names that newOrder answers <c>rateLimited</c> with a link to unpause them.</summary>
    public IReadOnlyCollection<string> PausedNames { get; set; } = [];

    /// <summary>Names whose validation fails with this problem.</summary>
    public ConcurrentDictionary<string, StubProblem> InvalidNames { get; } = [];

    /// <summary>Connects to find out; else every name that is not in <see cref="InvalidNames"/> is valid.</summary>
    public bool Validates { get; set; }

    /// <summary>Within the answer to the challenge, as some CAs do, and not after it.</summary>
    public bool ValidatesInsideRequest { get; set; }

    /// <summary>Where http-01 connects for any name.</summary>
    public IPEndPoint? HttpTarget { get; set; }

    /// <summary>Where tls-alpn-01 connects for any name.</summary>
    public IPEndPoint? TlsTarget { get; set; }

    /// <summary>TXT records of a name, for dns-01.</summary>
    public Func<string, Task<IReadOnlyList<string>>>? TxtLookup { get; set; }

    /// <summary>The challenges that are offered.</summary>
    public IReadOnlyList<string> ChallengeTypes { get; set; } = ["http-01", "tls-alpn-01", "dns-01"];

    /// <summary>How often an authorization is read as <c>pending</c> after the answer to its challenge, before its state shows.</summary>
    public int PendingReads { get; set; }

    /// <summary>How many answers show an order as <c>processing</c>, that to finalize included, before its certificate shows.</summary>
    public int ProcessingReads { get; set; }

    /// <summary><c>Retry-After</c> of resources that are pending or processing.</summary>
    public string? ResourceRetryAfter { get; set; }

    /// <summary>A word that stands for the state of every order.</summary>
    public string? OrderStatusWord { get; set; }

    /// <summary>An order that turns invalid at finalize, with this problem.</summary>
    public StubProblem? IssuingProblem { get; set; }

    public TimeSpan Lifetime { get; set; } = TimeSpan.FromDays(90);

    /// <summary>How far back certificates begin.</summary>
    public TimeSpan Backdating { get; set; } = TimeSpan.FromHours(1);

    public int AlternateChains { get; set; }

    /// <summary>The certificate is for another key than the CSR's.</summary>
    public bool IssuesForAnotherKey { get; set; }

    /// <summary>The certificate is for this name and not for the order's.</summary>
    public string? IssuesForName { get; set; }

    /// <summary>The chain's issuer is one that did not sign.</summary>
    public bool SendsWrongIssuer { get; set; }

    /// <summary>The window of each certificate's renewal; null: the last third of its life.</summary>
    public (DateTimeOffset Start, DateTimeOffset End)? RenewalWindow { get; set; }

    public string? RenewalRetryAfter { get; set; } = "21600";

    public string? RenewalExplanation { get; set; }
}
