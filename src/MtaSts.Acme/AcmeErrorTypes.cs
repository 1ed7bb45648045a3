namespace MtaSts.Acme;

/// <summary>The words behind <c>urn:ietf:params:acme:error:</c> (RFC 8555 §6.7, RFC 9773 §5, draft-ietf-acme-profiles).</summary>
public static class AcmeErrorTypes
{
    /// <summary>What all types begin with.</summary>
    public const string Prefix = "urn:ietf:params:acme:error:";

    /// <summary>There is no such account.</summary>
    public const string AccountDoesNotExist = "accountDoesNotExist";

    /// <summary>The certificate has already been replaced by another order (RFC 9773 §5).</summary>
    public const string AlreadyReplaced = "alreadyReplaced";

    /// <summary>The certificate has already been revoked.</summary>
    public const string AlreadyRevoked = "alreadyRevoked";

    /// <summary>The CSR is not taken.</summary>
    public const string BadCsr = "badCSR";

    /// <summary>The nonce was not taken; the library signs again by itself (RFC 8555 §6.5).</summary>
    public const string BadNonce = "badNonce";

    /// <summary>The public key is not taken.</summary>
    public const string BadPublicKey = "badPublicKey";

    /// <summary>The reason of a revocation is not taken.</summary>
    public const string BadRevocationReason = "badRevocationReason";

    /// <summary>The signature algorithm is not taken.</summary>
    public const string BadSignatureAlgorithm = "badSignatureAlgorithm";

    /// <summary>CAA records forbid the CA to issue (RFC 8659).</summary>
    public const string Caa = "caa";

    /// <summary>Several causes; see the subproblems.</summary>
    public const string Compound = "compound";

    /// <summary>The CA could not connect to the validation target.</summary>
    public const string Connection = "connection";

    /// <summary>A DNS look-up of the CA failed.</summary>
    public const string Dns = "dns";

    /// <summary>The CA needs an external account binding.</summary>
    public const string ExternalAccountRequired = "externalAccountRequired";

    /// <summary>The answer to the challenge was wrong.</summary>
    public const string IncorrectResponse = "incorrectResponse";

    /// <summary>A contact URL is not valid.</summary>
    public const string InvalidContact = "invalidContact";

    /// <summary>The profile is not offered (draft-ietf-acme-profiles §4).</summary>
    public const string InvalidProfile = "invalidProfile";

    /// <summary>The request was malformed.</summary>
    public const string Malformed = "malformed";

    /// <summary>The order is not ready to be finalized.</summary>
    public const string OrderNotReady = "orderNotReady";

    /// <summary>Too many requests, or a paused name.</summary>
    public const string RateLimited = "rateLimited";

    /// <summary>The CA will not issue for the identifier.</summary>
    public const string RejectedIdentifier = "rejectedIdentifier";

    /// <summary>The CA has an internal error.</summary>
    public const string ServerInternal = "serverInternal";

    /// <summary>TLS to the validation target failed.</summary>
    public const string Tls = "tls";

    /// <summary>The client lacks authorization.</summary>
    public const string Unauthorized = "unauthorized";

    /// <summary>A contact URL's scheme is not taken.</summary>
    public const string UnsupportedContact = "unsupportedContact";

    /// <summary>The type of the identifier is not taken.</summary>
    public const string UnsupportedIdentifier = "unsupportedIdentifier";

    /// <summary>A person must act, as a rule agree to new terms of service (RFC 8555 §7.3.3).</summary>
    public const string UserActionRequired = "userActionRequired";
}
