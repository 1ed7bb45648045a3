namespace MtaSts.Host.Domains;

/// <summary>
/// What is out there for a domain, as the domain resource shows it. The answer lives two levels up, in what this node serves; Certificates
/// implements it. Reads memory only; safe from all threads.
/// </summary>
internal interface IServingStatus
{
    /// <summary>Number of the version that is fetched over HTTPS now; null while there is no policy of that row (the name may have had another before) or no certificate.</summary>
    int? ServedVersion(MailDomain domain, long domainId);

    /// <summary>
    /// Returns when that version, or a later one, is fetched over HTTPS, or after five seconds: an edit is acknowledged by the store, and what
    /// the caller does next, a look at the policy, should find it. A name whose first certificate a CA has yet to issue is not waited for.
    /// </summary>
    Task UntilServedAsync(MailDomain domain, long domainId, int version, CancellationToken cancellationToken);

    CertificateSummary Certificate(MailDomain domain);
}
