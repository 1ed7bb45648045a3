namespace MtaSts.Host.Certificates.Acme;

/// <summary>No certificate can come from this CA before the operator has done something; no name is at fault.</summary>
internal sealed class AccountUnusableException(string code, string reason, DateTimeOffset retryAt) : Exception(reason)
{
    public string Code => code;

    /// <summary>When it is worth a look whether the operator has.</summary>
    public DateTimeOffset RetryAt => retryAt;
}
