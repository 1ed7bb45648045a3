using System.Globalization;
using MtaSts.Host.Api;
using MtaSts.Host.Lookups;

namespace MtaSts.Host.Domains.MailServers;

/// <summary>What a look at the MX records of a domain has found.</summary>
/// <param name="Domain">Lower-case A-labels.</param>
/// <param name="At">When.</param>
/// <param name="Exchanges">As the resolver says, in the order of a sender; empty with a problem.</param>
/// <param name="Everywhere">The servers that the resolver and every server of the zone name: nobody has made them up on the way.</param>
/// <param name="Anywhere">Those that one of them names: a sender may still be told of them.</param>
/// <param name="Ttl">How long a resolver may go on giving these records.</param>
/// <param name="Problem">Why nothing can be made of it; null: something can.</param>
internal sealed record MxSeen(
    string Domain, DateTimeOffset At, IReadOnlyList<MailExchange> Exchanges, IReadOnlyList<string> Everywhere, IReadOnlyList<string> Anywhere, TimeSpan Ttl, FieldError? Problem)
{
    /// <summary>Names of servers of the zone that gave no word: what they say to senders is not known.</summary>
    public IReadOnlyList<string> Silent { get; init; } = [];

    /// <summary>Everybody was heard, and all say the same: what they do not name is not there.</summary>
    public bool IsWhole => Problem is null && !Differs && Silent.Count == 0;

    public bool Differs => Problem is null && Everywhere.Count != Anywhere.Count;

    /// <summary>One record a line: preference and name.</summary>
    public string Column() => string.Join('\n', Exchanges.Select(exchange => string.Create(CultureInfo.InvariantCulture, $"{exchange.Preference} {exchange.Name}")));

    public static MxSeen Unusable(string domain, DateTimeOffset at, string code, string message, string? rfc = null) =>
        new(domain, at, [], [], [], TimeSpan.Zero, new FieldError(code, "mxSource", message, rfc));
}
