using System.Net;
using MtaSts.Host.Lookups;

namespace MtaSts.Host.Checks.Fetch;

/// <summary>What the policy host is and gives, each address apart.</summary>
/// <param name="Host">The policy host.</param>
/// <param name="At">When; dates of certificates are judged by it.</param>
/// <param name="V4">A, CNAMEs followed.</param>
/// <param name="V6">AAAA, the same.</param>
/// <param name="Fetches">One for each address that was looked at.</param>
/// <param name="Refused">Addresses that no request may go to.</param>
/// <param name="LeftOut">Addresses past the limit.</param>
/// <param name="Took">The look-up of the addresses.</param>
internal sealed record HostFacts(
    string Host, DateTimeOffset At, Lookup<IPAddress> V4, Lookup<IPAddress> V6, IReadOnlyList<FetchFacts> Fetches, IReadOnlyList<IPAddress> Refused, IReadOnlyList<IPAddress> LeftOut, TimeSpan Took)
{
    /// <summary>The answer of one address to a request without User-Agent; null: none was asked.</summary>
    public FetchFacts? WithoutAgent { get; init; }
}
