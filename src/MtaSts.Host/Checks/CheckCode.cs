namespace MtaSts.Host.Checks;

/// <summary>One kind of advisory: what holds for all that have its code. The codes of a part stand in one class of its folder, all of them in <see cref="CheckCodes"/>.</summary>
/// <param name="Code">Stable, such as `mx.not-in-policy`.</param>
/// <param name="Severity">What it means for mail.</param>
/// <param name="What">What is wrong, one sentence for people, of no domain in particular.</param>
/// <param name="Fix">What to do.</param>
/// <param name="Rfc">Such as `RFC 8461 4.1`; null: no standard says so.</param>
/// <param name="ResultType">The result type that a sender would report for it (RFC 8460 §4.3); null: none.</param>
/// <param name="MayPass">It may be gone a moment later (an address that does not answer, a cache): people are told once a second check has found it too.</param>
/// <param name="MayBeOurs">It may be our own network's fault as well.</param>
internal sealed record CheckCode(string Code, Severity Severity, string What, string Fix, string? Rfc = null, string? ResultType = null, bool MayPass = false, bool MayBeOurs = false)
{
    /// <param name="subject">The name, address or pattern that it is about.</param>
    /// <param name="message">One sentence, with what was found.</param>
    public Advisory On(string subject, string message) => new(Code, Severity, subject, message, Fix, Rfc, ResultType);
}
