namespace MtaSts.Acme;

/// <summary>Whose a failure is, and so what should slow down or stop.</summary>
public enum AcmeBlame
{
    /// <summary>The CA's, or the way to it: 5xx, connection loss, garbage. Resume the same order soon; after several, leave this CA alone for a while.</summary>
    CertificateAuthority,

    /// <summary>One name's: its DNS, its web server, its CAA records, or the CA will not issue for it. Other names are not concerned.</summary>
    Name,

    /// <summary>The account's: unknown, deactivated, or a person must act. Every name of the account would fail alike.</summary>
    Account,

    /// <summary>A limit was reached. No failure of the name; come again at <see cref="AcmeException.RetryAt"/>.</summary>
    RateLimit,

    /// <summary>This side's: a request or a configuration that the CA does not take. The same request would fail again.</summary>
    Client,
}
