using System.Globalization;
using System.Net.Sockets;

namespace MtaSts.Host.Checks.Fetch;

/// <summary>What is wrong with the answers of a policy host (RFC 8461 §3.3). Pure.</summary>
internal static class FetchRules
{
    private const string TextPlain = "text/plain";

    // postfix-tlspol gives each request 2 s.
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(2);

    // Certificates of days are renewed within days: of each the last fifth is soon, and at most this.
    private static readonly TimeSpan Soon = TimeSpan.FromDays(14);

    /// <summary>Each address by itself, in the order of the facts.</summary>
    public static IReadOnlyList<IReadOnlyList<Advisory>> JudgeEach(HostFacts facts) => [.. facts.Fetches.Select(fetch => Judge(facts, fetch))];

    /// <summary>What only shows when addresses, or requests, are compared.</summary>
    public static IReadOnlyList<Advisory> JudgeTogether(HostFacts facts)
    {
        var found = new List<Advisory>();
        var texts = facts.Fetches.Where(fetch => fetch.Body is not null).ToList();
        if (texts.Find(fetch => !SameBody(fetch, texts[0])) is { } other)
        {
            found.Add(FetchCodes.PolicyAddressesDiffer.On(facts.Host, $"{texts[0].Address} and {other.Address} give different texts."));
        }

        if (facts.WithoutAgent is { Outcome: not FetchOutcome.Unchecked } without && facts.Fetches.FirstOrDefault(fetch => fetch.Address.Equals(without.Address)) is { } with && !SameAnswer(with, without))
        {
            found.Add(FetchCodes.PolicyUserAgent.On(without.Address.ToString(), $"Without User-Agent {without.Address} answers {WordOf(without)}, with one {WordOf(with)}."));
        }

        return found;
    }

    /// <summary>May a strict sender use what came from this address?</summary>
    public static bool IsUsable(FetchFacts fetch, IReadOnlyList<Advisory> judged) => fetch.Body is not null && judged.All(advisory => advisory.Severity < Severity.Error);

    public static bool IsTextPlain(FetchFacts fetch) =>
        // RFC 8461 §3.2: parameters are ignored.
        fetch.ContentType?.Split(';')[0].Trim().Equals(TextPlain, StringComparison.OrdinalIgnoreCase) == true;

    private static List<Advisory> Judge(HostFacts facts, FetchFacts fetch)
    {
        var found = new List<Advisory>();
        if (fetch.Handshake is { } handshake)
        {
            JudgeCertificate(facts, fetch.Address.ToString(), handshake, found);
        }

        if (JudgeOutcome(facts, fetch) is { } advisory)
        {
            found.Add(advisory);
        }
        else if (fetch.Outcome == FetchOutcome.Complete)
        {
            JudgeAnswer(fetch, found);
        }

        return found;
    }

    private static Advisory? JudgeOutcome(HostFacts facts, FetchFacts fetch)
    {
        var address = fetch.Address.ToString();
        var detail = fetch.Detail is null ? "" : $" ({Shown.Of(fetch.Detail)})";
        return fetch.Outcome switch
        {
            FetchOutcome.Unchecked => FetchCodes.HostAddressUnchecked.On(address, $"{address} was not looked at{detail}."),
            FetchOutcome.Unreachable or FetchOutcome.ConnectTimeout => UnreachableCode(facts, fetch).On(address, $"{address} takes no connection at port 443{detail}."),
            FetchOutcome.TlsVersion => FetchCodes.PolicyTlsVersion.On(address, $"{address} offers neither TLS 1.2 nor 1.3{detail}."),
            FetchOutcome.TlsFailed => FetchCodes.PolicyTls.On(address, $"The handshake with {address} for {facts.Host} failed{detail}."),
            FetchOutcome.Timeout => FetchCodes.PolicyTimeout.On(address, $"{address} had not given its whole answer after {Seconds(fetch.Took)}; {Reached(fetch)}."),
            FetchOutcome.Broken => FetchCodes.PolicyBroken.On(address, $"The answer of {address} breaks off or cannot be read{detail}."),
            FetchOutcome.TooLarge => FetchCodes.PolicyTooLarge.On(address, $"The answer of {address} is longer than {StsLimits.MaxBodyBytes} bytes."),
            _ => null,
        };
    }

    // Where another address can be connected to, a sender's client goes on to that.
    private static CheckCode UnreachableCode(HostFacts facts, FetchFacts fetch) =>
        facts.Fetches.All(other => other.Outcome is FetchOutcome.Unreachable or FetchOutcome.ConnectTimeout or FetchOutcome.Unchecked) ? FetchCodes.PolicyUnreachable
        : fetch.Address.AddressFamily == AddressFamily.InterNetworkV6 ? FetchCodes.PolicyIpv6Broken
        : FetchCodes.PolicyAddressUnreachable;

    private static void JudgeCertificate(HostFacts facts, string address, HandshakeFacts handshake, List<Advisory> found)
    {
        var left = handshake.NotAfter - facts.At;
        if (left <= TimeSpan.Zero)
        {
            found.Add(FetchCodes.PolicyCertificateExpired.On(address, $"The certificate of {address} expired at {Date(handshake.NotAfter)}."));
        }
        else if (handshake.NotBefore > facts.At)
        {
            found.Add(FetchCodes.PolicyCertificateExpired.On(address, $"The certificate of {address} is valid from {Date(handshake.NotBefore)} only."));
        }
        else if (left < Soon && left < (handshake.NotAfter - handshake.NotBefore) / 5)
        {
            found.Add(FetchCodes.PolicyCertificateExpiresSoon.On(address, $"The certificate of {address} expires at {Date(handshake.NotAfter)}, in {(int)left.TotalDays} days."));
        }

        if (!handshake.NamesHost)
        {
            found.Add(FetchCodes.PolicyCertificateName.On(address, $"The certificate of {address} is not for {facts.Host} but for {NamesOf(handshake)}."));
        }

        if (handshake.Distrust is { } reason)
        {
            found.Add(FetchCodes.PolicyCertificateUntrusted.On(address, $"The chain of {handshake.Sent} certificate(s) from {address}, issued by {Shown.Of(handshake.Issuer)}, leads to no trusted root ({reason})."));
        }
    }

    private static void JudgeAnswer(FetchFacts fetch, List<Advisory> found)
    {
        var address = fetch.Address.ToString();
        if (fetch.Status is >= 300 and < 400 && fetch.Location is not null)
        {
            found.Add(FetchCodes.PolicyRedirect.On(address, $"{address} answers {fetch.Status} and leads to {Shown.Of(fetch.Location)}."));
        }
        else if (fetch.Status != 200)
        {
            found.Add(FetchCodes.PolicyStatus.On(address, $"{address} answers {fetch.Status}."));
        }
        else
        {
            if (!IsTextPlain(fetch))
            {
                found.Add(FetchCodes.PolicyMediaType.On(address, fetch.ContentType is null ? $"The answer of {address} has no media type." : $"The media type of the answer of {address} is {Shown.Of(fetch.ContentType)}."));
            }

            if (IsCoded(fetch))
            {
                found.Add(FetchCodes.PolicyEncoding.On(address, $"The answer of {address} has the content coding {Shown.Of(fetch.ContentEncoding!)}."));
            }
        }

        if (fetch.Took > Slow)
        {
            found.Add(FetchCodes.PolicySlow.On(address, $"{address} took {Seconds(fetch.Took)} for its whole answer."));
        }
    }

    public static bool IsCoded(FetchFacts fetch) => fetch.ContentEncoding is { } coding && !coding.Trim().Equals("identity", StringComparison.OrdinalIgnoreCase);

    /// <summary>What was seen, for the step's evidence.</summary>
    public static IReadOnlyList<string> Evidence(HostFacts facts, FetchFacts fetch)
    {
        var lines = new List<string> { fetch.Detail is null ? $"outcome: {fetch.Outcome}" : $"outcome: {fetch.Outcome} ({Shown.Of(fetch.Detail)})" };
        if (fetch.Handshake is { } handshake)
        {
            lines.Add($"{handshake.Protocol}, {handshake.Cipher}");
            lines.Add($"certificate: for {NamesOf(handshake)}, {Date(handshake.NotBefore)} to {Date(handshake.NotAfter)} ({(int)(handshake.NotAfter - facts.At).TotalDays} days left), by {Shown.Of(handshake.Issuer)}");
            lines.Add($"chain: {handshake.Sent} sent, {(handshake.Distrust is null ? "trusted" : "not trusted: " + handshake.Distrust)}");
        }

        if (fetch.Status is not null)
        {
            lines.Add($"answer: {WordOf(fetch)}, header after {Seconds(fetch.HeaderAfter!.Value)}, all after {Seconds(fetch.Took)}");
        }

        return lines;
    }

    private static bool SameAnswer(FetchFacts one, FetchFacts other) =>
        one.Outcome == other.Outcome && one.Status == other.Status && one.ContentType == other.ContentType && SameBody(one, other);

    private static bool SameBody(FetchFacts one, FetchFacts other) => (one.Body ?? default).Span.SequenceEqual((other.Body ?? default).Span);

    private static string WordOf(FetchFacts fetch) => fetch.Status is null
        ? $"nothing ({fetch.Outcome})"
        : $"{fetch.Status}{(fetch.ContentType is null ? "" : ", " + Shown.Of(fetch.ContentType))}{(fetch.Body is { } body ? $", {body.Length} bytes" : "")}";

    private static string Reached(FetchFacts fetch) => fetch switch
    {
        { Handshake: null } => "the handshake was not done",
        { Status: null } => "no header had come",
        _ => "the body was not complete",
    };

    private static string NamesOf(HandshakeFacts handshake) => handshake.Names.Count == 0 ? "no DNS name" : Shown.Of(string.Join(", ", handshake.Names));

    private static string Date(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) + " UTC";

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture) + " s";
}
