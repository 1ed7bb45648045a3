namespace MtaSts.Host.Checks;

/// <summary>What a strict sender does with mail for the domain.</summary>
/// <param name="Now">Under what it finds now.</param>
/// <param name="Enforce">Under the same policy in `enforce`; null: it finds none.</param>
internal sealed record CheckVerdict(DeliveryVerdict Now, DeliveryVerdict? Enforce);

/// <param name="Outcome">What becomes of the mail.</param>
/// <param name="Message">One sentence for people.</param>
/// <param name="DeliversTo">MX hosts that the sender may deliver to, in its order.</param>
/// <param name="Refuses">Those that it may not.</param>
internal sealed record DeliveryVerdict(DeliveryOutcome Outcome, string Message, IReadOnlyList<string> DeliversTo, IReadOnlyList<RefusedHost> Refuses);

/// <param name="Host">An MX host.</param>
/// <param name="Code">The advisory that says why.</param>
internal sealed record RefusedHost(string Host, string? Code);

internal enum DeliveryOutcome
{
    /// <summary>To every MX host.</summary>
    Delivers,

    /// <summary>To some of them only: mail comes as long as one of those is up.</summary>
    Partly,

    /// <summary>To none of them: mail stays with the sender, and goes back in the end.</summary>
    Refuses,

    /// <summary>The domain takes no mail.</summary>
    NoMail,

    /// <summary>DNS or mail servers did not say enough.</summary>
    Unknown,
}

/// <summary>What the look at one MX host comes to.</summary>
/// <param name="Host">Its name.</param>
/// <param name="IsMatched">Whether it matches a pattern of the policy (RFC 8461 §4.1); null: there is none.</param>
/// <param name="IsSecure">Whether STARTTLS and certificate are as §4.2 wants them; null: it could not be seen.</param>
/// <param name="Code">The advisory that says why not.</param>
internal sealed record MxOutcome(string Host, bool? IsMatched, bool? IsSecure, string? Code);
