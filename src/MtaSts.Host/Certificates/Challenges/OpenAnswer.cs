using System.Text;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Certificates.Challenges;

/// <summary>One answer as kept in memory.</summary>
internal sealed record OpenAnswer(string Host, string Token, string Type, string KeyAuthorization, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt)
{
    public const string Http = "http-01";
    public const string TlsAlpn = "tls-alpn-01";
    public const string Dns = "dns-01";

    // RFC 8555 §8.1: 128 bits of entropy at least, in base64url. No CA makes longer ones than twice 64 characters.
    private const int ShortestToken = 22;
    private const int LongestToken = 128;

    // The clock of the node that put it may be ahead a little.
    private static readonly TimeSpan ClockSlack = TimeSpan.FromMinutes(10);

    private const int LongestHost = 253;

    public static OpenAnswer From(ChallengeAnswer row) => new(row.HostName, row.Token, row.Type, row.KeyAuthorization, row.CreatedAt, row.ExpiresAt);

    /// <summary>One from the future is of a clock that was ahead, and would count as the newest for as long.</summary>
    public bool IsOpen(DateTimeOffset now) => now < ExpiresAt && CreatedAt < now + ClockSlack;

    public static bool IsToken(ReadOnlySpan<char> token) => token.Length is >= ShortestToken and <= LongestToken && MtaSts.Acme.KeyAuthorization.IsToken(token);

    /// <summary>Could an answer of ours be for that name? <paramref name="host"/> in any case, without port and final dot.</summary>
    public static bool IsPolicyHost(ReadOnlySpan<char> host) =>
        host.Length <= LongestHost && host.StartsWith(MailDomain.PolicyHostPrefix, StringComparison.OrdinalIgnoreCase) && Ascii.IsValid(host);
}
