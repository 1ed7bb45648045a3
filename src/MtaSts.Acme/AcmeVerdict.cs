namespace MtaSts.Acme;

/// <summary>
/// Whose a failure is, by the problem's type and never by its detail; unknown types by the HTTP status (RFC 8555 §6.7: types are open).
/// </summary>
internal readonly record struct AcmeVerdict(AcmeBlame Blame, bool IsTransient)
{
    /// <summary>The request itself was refused.</summary>
    public static AcmeVerdict OfAnswer(string operation, AcmeProblem? problem, int status) => Cause(problem)?.ErrorType switch
    {
        // About the account as a rule, deactivated ones for example. To revoke or to replace another account's certificate, or to finalize without
        // valid authorizations, is answered alike and says nothing of the account.
        AcmeErrorTypes.Unauthorized when operation is AcmeOperations.RevokeCert or AcmeOperations.NewOrderReplacing => new(AcmeBlame.Client, false),
        AcmeErrorTypes.Unauthorized when operation is AcmeOperations.Finalize => new(AcmeBlame.Name, true),
        AcmeErrorTypes.Unauthorized => new(AcmeBlame.Account, false),
        // A URL that the CA knows no longer, such as that of an expired order, is "malformed" at some.
        { } type when Known(type) is { } verdict => verdict,
        _ => OfStatus(problem, status),
    };

    /// <summary>The problem stood in an order or in a challenge: unless it says otherwise it is about the name.</summary>
    public static AcmeVerdict OfResource(AcmeProblem? problem) => Cause(problem)?.ErrorType switch
    {
        // What a CA finds malformed in a challenge is the name's answer.
        AcmeErrorTypes.Unauthorized or AcmeErrorTypes.Malformed => new(AcmeBlame.Name, true),
        { } type when Known(type) is { } verdict => verdict,
        _ => new(AcmeBlame.Name, true),
    };

    /// <remarks>RFC 8555 §6.7.1: "compound" says nothing itself.</remarks>
    private static AcmeProblem? Cause(AcmeProblem? problem) =>
        problem is { ErrorType: AcmeErrorTypes.Compound, Subproblems: [var first, ..] } ? first : problem;

    private static AcmeVerdict? Known(string type) => type switch
    {
        AcmeErrorTypes.RateLimited => new(AcmeBlame.RateLimit, true),
        AcmeErrorTypes.ServerInternal or AcmeErrorTypes.BadNonce => new(AcmeBlame.CertificateAuthority, true),
        // Read the order again and go on with what it says: the same way as after a lost answer.
        AcmeErrorTypes.OrderNotReady => new(AcmeBlame.CertificateAuthority, true),
        AcmeErrorTypes.AccountDoesNotExist or AcmeErrorTypes.UserActionRequired or AcmeErrorTypes.ExternalAccountRequired => new(AcmeBlame.Account, false),
        AcmeErrorTypes.Caa or AcmeErrorTypes.Connection or AcmeErrorTypes.Dns or AcmeErrorTypes.IncorrectResponse or AcmeErrorTypes.Tls => new(AcmeBlame.Name, true),
        AcmeErrorTypes.RejectedIdentifier or AcmeErrorTypes.UnsupportedIdentifier => new(AcmeBlame.Name, false),
        AcmeErrorTypes.AlreadyReplaced or AcmeErrorTypes.AlreadyRevoked or AcmeErrorTypes.BadCsr or AcmeErrorTypes.BadPublicKey
            or AcmeErrorTypes.BadRevocationReason or AcmeErrorTypes.BadSignatureAlgorithm or AcmeErrorTypes.InvalidContact
            or AcmeErrorTypes.InvalidProfile or AcmeErrorTypes.Malformed or AcmeErrorTypes.UnsupportedContact => new(AcmeBlame.Client, false),
        _ => null,
    };

    private static AcmeVerdict OfStatus(AcmeProblem? problem, int status) => status switch
    {
        429 => new(AcmeBlame.RateLimit, true),
        408 or >= 500 => new(AcmeBlame.CertificateAuthority, status != 501),
        // Without a problem document it was not the ACME server that answered, but something in front of it.
        >= 400 when problem is not null => new(AcmeBlame.Client, false),
        _ => new(AcmeBlame.CertificateAuthority, true),
    };
}
