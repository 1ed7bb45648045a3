using System.Net;

namespace MtaSts.Testing;

/// <summary>What a <see cref="PostfixServer"/> does at one address.</summary>
/// <param name="Address">At port 25.</param>
/// <param name="Chain">PEM of key, certificate and those in between; null: no TLS.</param>
/// <param name="Settings">As in main.cf, for this address alone.</param>
public sealed record PostfixService(IPAddress Address, string? Chain, IReadOnlyList<string> Settings);
