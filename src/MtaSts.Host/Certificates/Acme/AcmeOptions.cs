namespace MtaSts.Host.Certificates.Acme;

/// <summary>Section `Acme`: the CA that certificates come from (RFC 8555), for `Certificates:Source=Acme`.</summary>
internal sealed class AcmeOptions
{
    public const string LetsEncrypt = "https://acme-v02.api.letsencrypt.org/directory";
    public const string LetsEncryptStaging = "https://acme-staging-v02.api.letsencrypt.org/directory";

    /// <summary>Value of <see cref="StagingDirectoryUrl"/>.</summary>
    public const string NoStaging = "none";

    public string DirectoryUrl { get; set; } = LetsEncrypt;

    /// <summary>Contact of the account; may stay empty.</summary>
    public string Email { get; set; } = "";

    /// <summary>The operator has read the CA's terms of service and agrees (§7.3); without it no account is made.</summary>
    public bool AcceptTermsOfService { get; set; }

    /// <summary>PEM file with the roots that the CA's own HTTPS server is trusted by; empty: the system's.</summary>
    public string TrustedRoots { get; set; } = "";

    public ExternalAccountSettings ExternalAccount { get; set; } = new();

    /// <summary>Asked for if the CA offers it (draft-ietf-acme-profiles); empty: the CA's default.</summary>
    public string Profile { get; set; } = "tlsserver";

    /// <summary>By comma, in the order of preference: `http-01`, `tls-alpn-01`, `dns-01`.</summary>
    public string Challenges { get; set; } = "http-01, tls-alpn-01";

    /// <summary>Where new names that failed try until they pass; `none`, or empty for Let's Encrypt's if that is the CA.</summary>
    public string StagingDirectoryUrl { get; set; } = "";

    /// <summary>A second CA, for when the first is away.</summary>
    public FallbackSettings Fallback { get; set; } = new();

    /// <summary>How many names each node works on at a time.</summary>
    public int Workers { get; set; } = 8;

    /// <summary>First certificates an hour. Let's Encrypt's default limit is 100 for an account; 10 % are left to the operator.</summary>
    public int NewPerHour { get; set; } = 90;

    /// <summary>Renewals an hour: they fall under no limit of Let's Encrypt, this one is for our own errors.</summary>
    public int RenewalsPerHour { get; set; } = 2_000;

    /// <summary>The words of <see cref="Challenges"/>.</summary>
    public IReadOnlyList<string> ReadChallenges() => Challenges.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>External account binding (§7.3.4), for CAs that know their customers from elsewhere.</summary>
internal sealed class ExternalAccountSettings
{
    public string KeyId { get; set; } = "";

    /// <summary>base64url. A secret.</summary>
    public string Key { get; set; } = "";
}

internal sealed class FallbackSettings
{
    public string DirectoryUrl { get; set; } = "";

    public string TrustedRoots { get; set; } = "";

    public ExternalAccountSettings ExternalAccount { get; set; } = new();

    public string Profile { get; set; } = "";
}
