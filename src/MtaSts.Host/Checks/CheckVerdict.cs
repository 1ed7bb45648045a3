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
    /// <summary>To every MX host that the sender may meet.</summary>
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
