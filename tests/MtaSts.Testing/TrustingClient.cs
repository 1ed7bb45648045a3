using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace MtaSts.Testing;

/// <summary>HTTP clients that trust the roots of a PEM file and no others.</summary>
public static class TrustingClient
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    public static HttpClient Create(string rootsFile)
    {
        X509ChainPolicy policy = new()
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.ImportFromPemFile(rootsFile);
        return new HttpClient(new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy },
            UseProxy = false,
            AllowAutoRedirect = false,
        })
        {
            Timeout = Bound,
        };
    }
}
