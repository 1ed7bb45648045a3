using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;
using MtaSts.Acme;
using MtaSts.Host.Certificates.Issuing;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Certificates.Acme;

/// <summary>A CA that the operator has chosen, and how to talk to it. Safe from all threads.</summary>
internal sealed record CertificateAuthority(CaRole Role, string Directory, AcmeClient Client, ExternalAccountSettings ExternalAccount, string Profile);

/// <summary>The CAs of the settings.</summary>
internal sealed class CertificateAuthorities : IDisposable
{
    private static readonly string Product = $"MtaSts.Host/{typeof(CertificateAuthorities).Assembly.GetName().Version?.ToString(2)}";

    private readonly Dictionary<CaRole, CertificateAuthority> _byRole = [];
    private readonly List<HttpClient> _https = [];

    public CertificateAuthorities(IOptions<AcmeOptions> options, TimeProvider clock)
    {
        var acme = options.Value;
        Choice = ChoiceOf(acme);
        Add(CaRole.Main, acme.DirectoryUrl, acme.TrustedRoots, acme.ExternalAccount, acme.Profile, clock);
        if (Choice.Staging is { } staging)
        {
            Add(CaRole.Staging, staging, acme.TrustedRoots, acme.ExternalAccount, acme.Profile, clock);
        }

        if (Choice.Fallback is { } fallback)
        {
            Add(CaRole.Fallback, fallback, acme.Fallback.TrustedRoots, acme.Fallback.ExternalAccount, acme.Fallback.Profile, clock);
        }
    }

    public CaChoice Choice { get; }

    public IEnumerable<CertificateAuthority> All => _byRole.Values;

    /// <summary>The main one stands in for a role that is not set (any more).</summary>
    public CertificateAuthority Of(CaRole role) => _byRole.GetValueOrDefault(role) ?? _byRole[CaRole.Main];

    public static CaChoice ChoiceOf(AcmeOptions acme) => new(
        acme.DirectoryUrl,
        acme.Fallback.DirectoryUrl.Length == 0 ? null : acme.Fallback.DirectoryUrl,
        acme.StagingDirectoryUrl switch
        {
            AcmeOptions.NoStaging => null,
            "" => acme.DirectoryUrl == AcmeOptions.LetsEncrypt ? AcmeOptions.LetsEncryptStaging : null,
            var url => url,
        });

    public void Dispose()
    {
        foreach (var ca in _byRole.Values)
        {
            ca.Client.Dispose();
        }

        _https.ForEach(http => http.Dispose());
    }

    private void Add(CaRole role, string directory, string trustedRoots, ExternalAccountSettings externalAccount, string profile, TimeProvider clock)
    {
        var http = Http(trustedRoots);
        _https.Add(http);
        _byRole.Add(role, new CertificateAuthority(role, directory, new AcmeClient(http, new Uri(directory), clock, Product), externalAccount, profile));
    }

    private static HttpClient Http(string trustedRoots)
    {
        if (trustedRoots.Length == 0)
        {
            return AcmeClient.CreateHttpClient();
        }

        var roots = new X509Certificate2Collection();
        roots.ImportFromPemFile(trustedRoots);
        return AcmeClient.CreateHttpClient(roots);
    }
}
