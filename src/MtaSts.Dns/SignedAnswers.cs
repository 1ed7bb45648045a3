namespace MtaSts.Dns;

/// <summary>What follows from the signature of an answer, or from there being none.</summary>
internal static class SignedAnswers
{
    private const long LargestDifference = 100L * 365 * 24 * 60 * 60;

    /// <summary>Returns where the answer is signed, and where it is a refusal that needs no signature to be one.</summary>
    /// <exception cref="DnsException">It is neither.</exception>
    public static void Require(TsigOutcome outcome, TsigData? signature, DnsResponseCode code, string server, TsigKey key, DateTimeOffset now)
    {
        // RFC 8945 §5.2.3: the answer to a wrong time is signed, at the time of the request, and says the server's. Not all servers do so.
        if (signature is { Error: DnsResponseCode.BadTime } && outcome is TsigOutcome.Valid or TsigOutcome.OtherTime or TsigOutcome.WithoutMac)
        {
            throw DnsException.BadTime(server, code, signature!, Difference(signature!.ServerTime, now));
        }

        switch (outcome)
        {
            case TsigOutcome.Valid:
                return;
            case TsigOutcome.OtherTime:
                throw DnsException.BadTime(server, code, signature!, Difference(signature!.TimeSigned, now));
            // §5.3.2: a server that cannot use the key cannot sign. Such an answer is no success, whoever made it.
            case TsigOutcome.Missing or TsigOutcome.WithoutMac when code != DnsResponseCode.NoError:
                return;
            default:
                throw DnsException.Unauthenticated(server, key, code, outcome);
        }
    }

    // 48 bits hold more than a TimeSpan.
    private static TimeSpan? Difference(ulong? server, DateTimeOffset now) => server is { } seconds
        ? TimeSpan.FromSeconds(Math.Clamp((long)seconds - (long)Tsig.Seconds(now), -LargestDifference, LargestDifference))
        : null;
}
