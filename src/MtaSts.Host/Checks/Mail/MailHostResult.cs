namespace MtaSts.Host.Checks.Mail;

/// <summary>What a strict sender does with one MX host.</summary>
/// <param name="Host">The name in the MX record.</param>
/// <param name="Preference">Of its MX record.</param>
/// <param name="Delivery">In `enforce`.</param>
/// <param name="Reason">Code of the advisory that says why not; null: it delivers.</param>
/// <param name="ResultType">What it would report (RFC 8460 §4.3); null: nothing.</param>
internal sealed record MailHostResult(string Host, int Preference, MailDelivery Delivery, string? Reason, string? ResultType);

internal enum MailDelivery
{
    /// <summary>The policy names it, and all of its addresses that answered are well.</summary>
    Yes,

    /// <summary>It depends on the address that the sender takes.</summary>
    Sometimes,

    /// <summary>Never, because of the policy, of TLS or of what DNS says.</summary>
    No,

    /// <summary>It could not be looked at: no sender may come through at the moment, or only we do not.</summary>
    Unknown,
}
