using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using MtaSts.Acme;
using MtaSts.Host.Listeners;
using MtaSts.Host.Lookups;

namespace MtaSts.Host.DnsRecords.Customers;

/// <summary>What of this installation decides what customers have to set. Immutable.</summary>
/// <param name="Zone">`Dns:Zone`; empty: nobody can delegate.</param>
/// <param name="Addresses">`Public:Addresses`; empty: not known.</param>
/// <param name="Challenges">`Acme:Challenges` where certificates come from a CA; else empty.</param>
/// <param name="CaDirectory">`Acme:DirectoryUrl` there; else null.</param>
/// <param name="IsGuarded">A first policy in `enforce` waits for a guard: `Checks:Guard` is not `Off`.</param>
internal sealed record CustomerSettings(string Zone, IReadOnlyList<IPAddress> Addresses, IReadOnlyList<string> Challenges, string? CaDirectory, bool IsGuarded = true)
{
    public bool CanDelegate => Zone.Length > 0;

    public bool UsesDns01 => Challenges.Contains(AcmeChallengeTypes.Dns01);

    public bool NeedsDns01 => Challenges is [AcmeChallengeTypes.Dns01];

    public IReadOnlyList<IPAddress> Of(AddressFamily family) => [.. Addresses.Where(address => address.AddressFamily == family)];

    /// <remarks>Sections of `Certificates` and `Checks`, which lie beside this part and above it, are read as they stand; those parts have judged them.</remarks>
    public static CustomerSettings Read(IOptions<DnsOptions> dns, IOptions<PublicOptions> reached, IConfiguration configuration)
    {
        var asksCa = string.Equals(configuration["Certificates:Source"], "Acme", StringComparison.OrdinalIgnoreCase);
        return new CustomerSettings(
            dns.Value.Zone,
            reached.Value.ReadAddresses(),
            asksCa ? (configuration["Acme:Challenges"] ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) : [],
            asksCa ? configuration["Acme:DirectoryUrl"] : null,
            !string.Equals(configuration["Checks:Guard"], "Off", StringComparison.OrdinalIgnoreCase));
    }
}
