namespace MtaSts.Host.Notices;

/// <summary>How a try to deliver ended.</summary>
/// <param name="End">What follows from it.</param>
/// <param name="Error">For the tenant, one sentence; null: it went well.</param>
/// <param name="Status">What the other side answered: HTTP's or SMTP's.</param>
/// <param name="RetryAfter">How long it asks us to wait.</param>
internal sealed record DeliveryOutcome(DeliveryEnd End, string? Error = null, int? Status = null, TimeSpan? RetryAfter = null)
{
    public static readonly DeliveryOutcome Taken = new(DeliveryEnd.Taken);
}

internal enum DeliveryEnd
{
    Taken,

    /// <summary>Try again later.</summary>
    Failed,

    /// <summary>Trying again soon makes no sense.</summary>
    Refused,

    /// <summary>The receiver wants no more.</summary>
    Gone,

    /// <summary>Not the receiver's fault: the mail server of this service does not take mail.</summary>
    RelayAway,

    /// <summary>It may have arrived: the same message must be repeated.</summary>
    Unknown,
}
