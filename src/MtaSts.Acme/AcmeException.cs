using System.Globalization;

namespace MtaSts.Acme;

/// <summary>
/// An operation failed, at the CA or on the way: a problem document, a lost connection, a timeout, an answer that cannot be read. It says
/// whose failure it is and when to come again. Everything in it may be shown to people; there are no secrets in it.
/// </summary>
public sealed class AcmeException : Exception
{
    private AcmeException(string message, AcmeBlame blame, Exception? inner = null)
        : base(message, inner) => Blame = blame;

    /// <summary>Whose it is.</summary>
    public AcmeBlame Blame { get; }

    /// <summary>The CA's own words; null where it gave none.</summary>
    public AcmeProblem? Problem { get; private init; }

    /// <summary>The word of <see cref="AcmeErrorTypes"/>; null where there is none.</summary>
    public string? ErrorType => Problem?.ErrorType;

    /// <summary>The HTTP status of the answer; null where there was no answer, or the problem was found inside of a resource.</summary>
    public int? HttpStatus { get; private init; }

    /// <summary>
    /// May the same step succeed later, when nobody has changed anything on this side? Where not, a person must act first, or the request be
    /// another one.
    /// </summary>
    public bool IsTransient { get; private init; }

    /// <summary>How long the CA asks to wait, 1 s to 1 day; null where it says nothing.</summary>
    public TimeSpan? RetryAfter { get; private init; }

    /// <summary>The time of the own clock at which <see cref="RetryAfter"/> is over.</summary>
    public DateTimeOffset? RetryAt { get; private init; }

    /// <summary>With <c>userActionRequired</c>: the terms that a person must agree to (RFC 8555 §7.3.3). Where: <see cref="AcmeProblem.Instance"/>.</summary>
    public Uri? TermsOfService { get; private init; }

    /// <summary>
    /// Was the request sent without an answer coming back? Then the CA may have carried it out: read the resource again before repeating anything
    /// that costs a limit.
    /// </summary>
    public bool AnswerWasLost { get; private init; }

    /// <summary>
    /// Why an order failed, once it is <see cref="OrderStatus.Invalid"/>. The useful cause is often not in the order but in a challenge, so
    /// read its authorizations first.
    /// </summary>
    /// <param name="order">The order.</param>
    /// <param name="authorizations">Its authorizations, or those that could be read.</param>
    public static AcmeException ForOrder(AcmeOrder order, IEnumerable<AcmeAuthorization> authorizations)
    {
        ArgumentNullException.ThrowIfNull(order);
        ArgumentNullException.ThrowIfNull(authorizations);
        var failed = authorizations.FirstOrDefault(authorization => CauseIn(authorization) is not null);
        // An error of the order that is not about authorizations, such as one of issuing, says more than a challenge that failed before.
        return failed is not null && order.Error?.ErrorType is null or AcmeErrorTypes.Unauthorized or AcmeErrorTypes.Compound
            ? ForAuthorization(failed!)
            : Inside($"order {order.StatusWord}", order.Error);
    }

    /// <summary>Why a name could not be validated, from the error of its challenge; for authorizations that are neither pending nor valid.</summary>
    public static AcmeException ForAuthorization(AcmeAuthorization authorization)
    {
        ArgumentNullException.ThrowIfNull(authorization);
        return Inside(
            $"authorization of {PlainText.Cut(authorization.Identifier.Value, 253)} {authorization.StatusWord}", CauseIn(authorization));
    }

    internal static AcmeException Answered(AcmeResponse answer, DateTimeOffset now)
    {
        var problem = answer.IsTooLong ? null : ProblemReader.Read(answer.Body);
        var verdict = AcmeVerdict.OfAnswer(answer.Operation, problem, answer.Status);
        var status = answer.Status.ToString(CultureInfo.InvariantCulture);
        return new AcmeException($"{answer.Operation}: {problem?.ToString() ?? "no problem document"} ({status})", verdict.Blame)
        {
            Problem = problem,
            HttpStatus = answer.Status,
            IsTransient = verdict.IsTransient,
            RetryAfter = answer.RetryAfter,
            RetryAt = now + answer.RetryAfter,
            TermsOfService = answer.LinksOf("terms-of-service") is [var terms, ..] ? terms : null,
        };
    }

    internal static AcmeException Garbage(string operation, Uri url, string fault) =>
        new($"{operation}: unusable answer from {url.Host}: {fault}", AcmeBlame.CertificateAuthority) { IsTransient = true };

    internal static AcmeException Lost(string operation, Uri url, string fault, Exception? inner, bool wasSent) =>
        new($"{operation}: no answer from {url.Host}: {fault}", AcmeBlame.CertificateAuthority, inner) { IsTransient = true, AnswerWasLost = wasSent };

    internal static AcmeException Unsupported(string operation) =>
        new($"{operation}: the CA does not offer this operation", AcmeBlame.Client);

    internal static AcmeException BadChain(string faults) =>
        new($"certificate: {faults}", AcmeBlame.CertificateAuthority) { IsTransient = true };

    internal static AcmeException NoWay(string message) => new(message, AcmeBlame.Name);

    internal static AcmeException TooSlow(string what, TimeSpan? retryAfter, DateTimeOffset now) =>
        new($"{what} is not done yet", AcmeBlame.CertificateAuthority) { IsTransient = true, RetryAfter = retryAfter, RetryAt = now + retryAfter };

    private static AcmeException Inside(string what, AcmeProblem? problem)
    {
        var verdict = AcmeVerdict.OfResource(problem);
        return new AcmeException($"{what}: {problem?.ToString() ?? "no reason given"}", verdict.Blame) { Problem = problem, IsTransient = verdict.IsTransient };
    }

    private static AcmeProblem? CauseIn(AcmeAuthorization authorization) =>
        (authorization.Challenges.FirstOrDefault(challenge => challenge.Status == ChallengeStatus.Invalid && challenge.Error is not null)
            ?? authorization.Challenges.FirstOrDefault(challenge => challenge.Error is not null))?.Error;
}
