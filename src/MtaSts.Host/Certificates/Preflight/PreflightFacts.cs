using System.Net;
using MtaSts.Host.Lookups;
using MtaSts.Host.Lookups.Caa;

namespace MtaSts.Host.Certificates.Preflight;

/// <summary>Everything that was looked at, for <see cref="PreflightRules"/> to judge.</summary>
/// <param name="PolicyHost">The name all of it is about.</param>
/// <param name="V4">A.</param>
/// <param name="V6">AAAA.</param>
/// <param name="OurAddresses">`Public:Addresses`; empty: not known.</param>
/// <param name="Forbidden">Addresses of the host that no request of ours may go to.</param>
/// <param name="Echoes">One for each address that was asked.</param>
/// <param name="Caa">What CAA says.</param>
/// <param name="Ca">Who would be asked.</param>
internal sealed record PreflightFacts(
    string PolicyHost,
    Lookup<IPAddress> V4,
    Lookup<IPAddress> V6,
    IReadOnlyList<IPAddress> OurAddresses,
    IReadOnlyList<IPAddress> Forbidden,
    IReadOnlyList<EchoResult> Echoes,
    RelevantCaa Caa,
    CaaIssuer Ca);
