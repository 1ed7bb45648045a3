using System.Globalization;

namespace MtaSts.Dns;

/// <summary>An update or a transfer failed, at the server or on the way. Its message says what a person can do; there are no secrets in it.</summary>
public sealed class DnsException : Exception
{
    private DnsException(DnsErrorKind kind, string message, Exception? inner = null)
        : base(message, inner) => Kind = kind;

    /// <summary>Why.</summary>
    public DnsErrorKind Kind { get; }

    /// <summary>May the same request succeed later, when nobody has changed anything? Where not, a person must act, or the request be another one.</summary>
    public bool IsTransient => Kind is DnsErrorKind.Timeout or DnsErrorKind.Unreachable or DnsErrorKind.Malformed or DnsErrorKind.ServerFailure;

    /// <summary>
    /// Was the update sent without a believable answer coming back? Then it may have been carried out. Sent again it does no harm, unless it has
    /// prerequisites that it has changed itself.
    /// </summary>
    public bool AnswerWasLost { get; private init; }

    /// <summary>What the server said; null where it said nothing.</summary>
    public DnsResponseCode? ResponseCode { get; private init; }

    /// <summary>What the server said of the signature (RFC 8945 §3); null where it said nothing, 0 where it was content.</summary>
    public DnsResponseCode? SignatureError { get; private init; }

    /// <summary>The server's clock against this one, where a time was the reason: positive when it is ahead.</summary>
    public TimeSpan? ClockDifference { get; private init; }

    internal static DnsException Timeout(string server, TimeSpan after, bool wasSent) => new(
        DnsErrorKind.Timeout, $"{server}: no answer within {Seconds(after)}{(wasSent ? "; PowerDNS gives none where dnsupdate is off" : "")}")
    {
        AnswerWasLost = wasSent,
    };

    internal static DnsException Unreachable(string server, string fault, bool wasSent, Exception? inner) =>
        new(DnsErrorKind.Unreachable, $"{server}: {fault}", inner) { AnswerWasLost = wasSent };

    internal static DnsException Malformed(string server, string fault, Exception? inner = null) =>
        new(DnsErrorKind.Malformed, $"{server}: unusable answer: {fault}", inner) { AnswerWasLost = true };

    internal static DnsException TooLong(DnsUpdate update) =>
        new(DnsErrorKind.TooLong, $"{update.Changes.Count} changes of {update.Zone} are longer than a message can be (65,535 octets): send them in parts");

    internal static DnsException Unauthenticated(string server, TsigKey key, DnsResponseCode code, TsigOutcome outcome)
    {
        var fault = outcome switch
        {
            TsigOutcome.Missing => "is not signed",
            TsigOutcome.OtherKey => "is signed with another key",
            TsigOutcome.WithoutMac => "has an empty signature",
            _ => "has a wrong signature",
        };
        return new(DnsErrorKind.Unauthenticated, $"{server}: the answer {DnsText.Of(code)} {fault}; it must be signed with {key}")
        {
            AnswerWasLost = true,
            ResponseCode = code,
        };
    }

    internal static DnsException BadTime(string server, DnsResponseCode code, TsigData signature, TimeSpan? difference) => new(
        DnsErrorKind.BadTime, $"{server}: BADTIME: {Clocks(difference)}; {Seconds(TimeSpan.FromSeconds(signature.Fudge))} are allowed. Set the clocks right")
    {
        ResponseCode = code,
        SignatureError = signature.Error,
        ClockDifference = difference,
        // Said of the request, nothing was done; found in the answer, it may be.
        AnswerWasLost = signature.Error == DnsResponseCode.NoError,
    };

    internal static DnsException TransferTimeout(string server, DnsName zone, TimeSpan after) =>
        new(DnsErrorKind.Timeout, $"{server}: transfer of {zone}: not complete within {Seconds(after)}");

    internal static DnsException TooLarge(string server, DnsName zone, DnsTransferLimits limits) => new(
        DnsErrorKind.TooLarge, $"{server}: transfer of {zone}: more than {DnsText.Number(limits.Records)} records or {DnsText.Number(limits.Octets)} octets");

    internal static DnsException Answered(string server, DnsName zone, bool isTransfer, TsigKey? key, DnsResponseCode code, DnsResponseCode? signatureError)
    {
        var (kind, hint) = signatureError is { } error and not DnsResponseCode.NoError ? OfSignature(error, key, isTransfer) : isTransfer ? OfTransferCode(code, key) : OfCode(code, key);
        var word = DnsText.Of(code) + (signatureError is null or DnsResponseCode.NoError ? "" : "/" + DnsText.Of(signatureError.Value, ofSignature: true));
        return new(kind, $"{server}: {(isTransfer ? "transfer" : "update")} of {zone}: {word}{hint}") { ResponseCode = code, SignatureError = signatureError };
    }

    private static (DnsErrorKind Kind, string Hint) OfSignature(DnsResponseCode error, TsigKey? key, bool isTransfer) => error switch
    {
        DnsResponseCode.BadKey => (DnsErrorKind.BadKey, $": the server has no key {key}, or the key may not do this (Knot answers so where its acl has no action {(isTransfer ? "transfer" : "update")} for it). Compare name, algorithm and rights"),
        DnsResponseCode.BadSignature => (DnsErrorKind.BadSignature, $": the secret of {key} is another one at the server"),
        _ => (DnsErrorKind.Other, ": the server does not accept the signature"),
    };

    private static (DnsErrorKind Kind, string Hint) OfCode(DnsResponseCode code, TsigKey? key) => code switch
    {
        DnsResponseCode.Refused => (DnsErrorKind.Refused, $": the server does not allow this to {key?.ToString() ?? "one without a key"} (BIND: update-policy; PowerDNS: TSIG-ALLOW-DNSUPDATE, allow-dnsupdate-from; PowerDNS also says so to a wrong key, secret or clock)"),
        DnsResponseCode.NotAuthoritative => (DnsErrorKind.NotAuthoritative, ": the server is not the primary of this zone, or wants a key"),
        DnsResponseCode.NotInZone => (DnsErrorKind.NotInZone, ": a name does not belong to the zone at the server"),
        DnsResponseCode.FormatError => (DnsErrorKind.FormatError, ": the server cannot read the update"),
        DnsResponseCode.NotImplemented => (DnsErrorKind.NotImplemented, ": the server takes no updates"),
        DnsResponseCode.ServerFailure => (DnsErrorKind.ServerFailure, ": the server has a fault of its own; see its log"),
        DnsResponseCode.NameExists => (DnsErrorKind.NameExists, ": a name is in use that was not to be"),
        DnsResponseCode.RecordsExist => (DnsErrorKind.RecordsExist, ": there are records that were not to be there"),
        DnsResponseCode.NameError => (DnsErrorKind.NameMissing, ": a name is not in use that was to be"),
        DnsResponseCode.RecordsMissing => (DnsErrorKind.RecordsMissing, ": records are not there, or not as they were to be"),
        _ => (DnsErrorKind.Other, ""),
    };

    private static (DnsErrorKind Kind, string Hint) OfTransferCode(DnsResponseCode code, TsigKey? key) => code switch
    {
        DnsResponseCode.Refused => (DnsErrorKind.Refused, $": the server does not transfer the zone to {key?.ToString() ?? "one without a key"} (BIND: allow-transfer; Knot: acl with action transfer; PowerDNS: TSIG-ALLOW-AXFR, allow-axfr-ips)"),
        DnsResponseCode.NotAuthoritative => (DnsErrorKind.NotAuthoritative, ": the server does not have this zone, or wants a key (Knot: acl with action transfer; PowerDNS also says so to a wrong key, secret or clock)"),
        DnsResponseCode.FormatError => (DnsErrorKind.FormatError, ": the server cannot read the request"),
        DnsResponseCode.NotImplemented => (DnsErrorKind.NotImplemented, ": the server transfers no zones"),
        DnsResponseCode.ServerFailure => (DnsErrorKind.ServerFailure, ": the server has a fault of its own; see its log"),
        _ => (DnsErrorKind.Other, ""),
    };

    private static string Clocks(TimeSpan? difference) => difference is { } time
        ? $"the server's clock is {Seconds(time.Duration())} {(time > TimeSpan.Zero ? "ahead of" : "behind")} this one"
        : "the server's clock is another one than this";

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###} s");
}
