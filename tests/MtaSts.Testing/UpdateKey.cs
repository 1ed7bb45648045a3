using System.Security.Cryptography;

namespace MtaSts.Testing;

/// <summary>A key by which a DNS server takes updates (RFC 2136, RFC 8945).</summary>
/// <param name="Name">Its name.</param>
/// <param name="Algorithm">`hmac-sha256`, `hmac-sha384`, `hmac-sha512`.</param>
/// <param name="Secret">In base64.</param>
public sealed record UpdateKey(string Name, string Algorithm, string Secret)
{
    /// <summary>Types that it may write; all where there are none.</summary>
    public IReadOnlyList<string> Types { get; init; } = [];

    /// <summary>It may write this name and names below it only: relative to the zone, without a final dot. Null: all names of the zone.</summary>
    public string? Below { get; init; }

    /// <summary>Zones that it may write; all of the server where it is null.</summary>
    public IReadOnlyList<string>? Zones { get; init; }

    /// <summary>It may fetch the zones that it may write (AXFR); where it may not, nobody may, PowerDNS apart.</summary>
    public bool MayTransfer { get; init; } = true;

    internal bool MayWrite(string zone) => Zones is null || Zones.Contains(zone);

    public static UpdateKey Create(string name, string algorithm = "hmac-sha256") =>
        new(name, algorithm, Convert.ToBase64String(RandomNumberGenerator.GetBytes(48)));
}
