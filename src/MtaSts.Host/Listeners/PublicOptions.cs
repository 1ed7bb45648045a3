using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace MtaSts.Host.Listeners;

/// <summary>Section `Public`: how the world reaches the Challenge and Policy endpoints, through whatever stands in front of them.</summary>
internal sealed class PublicOptions
{
    public int HttpPort { get; set; } = 80;

    public int HttpsPort { get; set; } = 443;

    /// <summary>By comma; empty: not known.</summary>
    public string Addresses { get; set; } = "";

    /// <summary>The same, read; only after validation.</summary>
    public IReadOnlyList<IPAddress> ReadAddresses() => [.. Split(Addresses).Select(text => TryRead(text, out var address) ? address : throw new FormatException(text)).Distinct()];

    internal static string[] Split(string list) => list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    // IPAddress takes `10.1` for 10.0.0.1: nobody who writes that means it.
    internal static bool TryRead(string text, [NotNullWhen(true)] out IPAddress? address) =>
        IPAddress.TryParse(text, out address) && (address.AddressFamily == AddressFamily.InterNetworkV6 || address.ToString() == text);
}

internal sealed class PublicOptionsValidator : IValidateOptions<PublicOptions>
{
    public ValidateOptionsResult Validate(string? name, PublicOptions options)
    {
        var faults = new List<string>();
        if (options.HttpPort is < 1 or > ushort.MaxValue)
        {
            faults.Add("Public:HttpPort must be a port from 1 to 65535.");
        }

        if (options.HttpsPort is < 1 or > ushort.MaxValue)
        {
            faults.Add("Public:HttpsPort must be a port from 1 to 65535.");
        }

        faults.AddRange(PublicOptions.Split(options.Addresses)
            .Where(text => !PublicOptions.TryRead(text, out _))
            .Select(text => $"Public:Addresses holds \"{text}\"; it must be IPv4 and IPv6 addresses by comma, such as \"198.51.100.7, 2001:db8::7\"."));
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
