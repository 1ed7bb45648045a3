using Microsoft.Extensions.Options;
using MtaSts.Host.Lookups;

namespace MtaSts.Host.Certificates.Acme;

/// <summary>Faults of section `Acme`, all at once; asked only when certificates come from there.</summary>
internal sealed class AcmeOptionsValidator(IOptions<CertificatesOptions> certificates, IConfiguration configuration) : IValidateOptions<AcmeOptions>
{
    public static readonly string[] KnownChallenges = ["http-01", "tls-alpn-01", "dns-01"];

    // EAB keys are MAC keys of the CA: shorter ones are typing errors.
    private const int ShortestEabKey = 16;

    public ValidateOptionsResult Validate(string? name, AcmeOptions options)
    {
        if (certificates.Value.Source != CertificateSource.Acme)
        {
            return ValidateOptionsResult.Success;
        }

        var faults = new List<string>();
        CheckUrl("Acme:DirectoryUrl", options.DirectoryUrl, faults);
        RootsFile.Check("Acme:TrustedRoots", options.TrustedRoots, faults);
        CheckExternalAccount("Acme:ExternalAccount", options.ExternalAccount, faults);
        if (options.StagingDirectoryUrl is not ("" or AcmeOptions.NoStaging))
        {
            CheckUrl("Acme:StagingDirectoryUrl", options.StagingDirectoryUrl, faults);
        }

        if (options.Fallback.DirectoryUrl.Length > 0)
        {
            CheckUrl("Acme:Fallback:DirectoryUrl", options.Fallback.DirectoryUrl, faults);
            RootsFile.Check("Acme:Fallback:TrustedRoots", options.Fallback.TrustedRoots, faults);
            CheckExternalAccount("Acme:Fallback:ExternalAccount", options.Fallback.ExternalAccount, faults);
            if (options.Fallback.DirectoryUrl == options.DirectoryUrl)
            {
                faults.Add("Acme:Fallback:DirectoryUrl is the same CA as Acme:DirectoryUrl.");
            }
        }

        if (!options.AcceptTermsOfService)
        {
            faults.Add("Acme:AcceptTermsOfService must be true: read the terms of service of the CA, then agree to them here (RFC 8555 §7.3).");
        }

        if (options.Email.Length > 0 && !(options.Email.IndexOf('@', StringComparison.Ordinal) > 0 && !options.Email.Any(c => char.IsWhiteSpace(c) || c is ',' or '?' or '&')))
        {
            faults.Add("Acme:Email must be one mail address, or empty.");
        }

        var challenges = options.ReadChallenges();
        if (challenges.Count == 0 || challenges.Except(KnownChallenges).Any() || challenges.Distinct().Count() < challenges.Count)
        {
            faults.Add($"Acme:Challenges must name one or more of {string.Join(", ", KnownChallenges)}, by comma, each once.");
        }
        else if (!challenges.Contains("http-01") && string.IsNullOrWhiteSpace(configuration["Public:Addresses"]))
        {
            faults.Add("Acme:Challenges without http-01 needs Public:Addresses: nothing else would show that a name leads here before the CA is asked.");
        }

        if (options.Workers is < 1 or > 64)
        {
            faults.Add("Acme:Workers must be 1 to 64.");
        }

        if (options.NewPerHour < 1 || options.RenewalsPerHour < 1)
        {
            faults.Add("Acme:NewPerHour and Acme:RenewalsPerHour must be 1 or more.");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static void CheckUrl(string setting, string value, List<string> faults)
    {
        if (!Uri.TryCreate(value, UriKind.Absolute, out var url) || url.Scheme != Uri.UriSchemeHttps || value.Length > 500)
        {
            faults.Add($"{setting} must be an https address (RFC 8555 §6.1).");
        }
    }

    // The message never repeats the key.
    private static void CheckExternalAccount(string setting, ExternalAccountSettings account, List<string> faults)
    {
        if ((account.KeyId.Length == 0) != (account.Key.Length == 0))
        {
            faults.Add($"{setting}:KeyId and {setting}:Key belong together.");
        }
        else if (account.Key.Length > 0 && !(System.Buffers.Text.Base64Url.IsValid(account.Key, out var length) && length >= ShortestEabKey))
        {
            faults.Add($"{setting}:Key must be base64url of {ShortestEabKey} bytes or more, as the CA shows it.");
        }
    }
}
