using MtaSts.Host.Lookups;

namespace MtaSts.Host.Checks.Mail;

/// <summary>What a look at the mail servers of a domain has seen; judged by <see cref="MailRules"/>.</summary>
/// <param name="Domain">The policy domain.</param>
/// <param name="Kind">Where the hosts come from.</param>
/// <param name="Lookup">How the look-up of the MX records ended; without them, that of the domain's addresses where it failed.</param>
/// <param name="Hosts">In the order of a sender: by preference, then by name; each name once.</param>
/// <param name="NotLookedAt">The names of further hosts, past the limit.</param>
/// <param name="LookedAt">When; dates of certificates are judged by it.</param>
/// <param name="MxTook">For the look-up of the records.</param>
/// <param name="HostsTook">For all hosts together.</param>
internal sealed record MailFacts(
    string Domain,
    MxKind Kind,
    LookupOutcome Lookup,
    IReadOnlyList<MailHost> Hosts,
    IReadOnlyList<MailExchange> NotLookedAt,
    DateTimeOffset LookedAt,
    TimeSpan MxTook,
    TimeSpan HostsTook)
{
    /// <summary>Beside the hosts there is a null MX, which must stand alone (RFC 7505 §3).</summary>
    public bool HasNullBeside { get; init; }
}

/// <summary>Where the names of mail servers come from.</summary>
internal enum MxKind
{
    /// <summary>From MX records.</summary>
    Records,

    /// <summary>There is no MX record, but an address: the domain itself is the only host (RFC 5321 §5.1).</summary>
    Implicit,

    /// <summary>A single MX record with the root's name: no mail is taken (RFC 7505).</summary>
    Null,

    /// <summary>Neither MX records nor addresses.</summary>
    None,

    /// <summary>DNS failed: nothing is known.</summary>
    Failed,
}
