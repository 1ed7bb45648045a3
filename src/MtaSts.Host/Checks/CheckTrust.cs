using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;

namespace MtaSts.Host.Checks;

/// <summary>Which certificates a strict sender would trust: those of the system's roots, and of `Checks:TrustedRoots`. Safe from all threads.</summary>
internal sealed class CheckTrust(IOptions<ChecksOptions> options, TimeProvider clock)
{
    private readonly Lazy<X509Certificate2Collection> _more = new(() =>
    {
        var roots = new X509Certificate2Collection();
        if (options.Value.TrustedRoots.Length > 0)
        {
            roots.ImportFromPemFile(options.Value.TrustedRoots);
        }

        return roots;
    });

    /// <summary>Does the chain as it was sent lead to a root that is trusted? Names and dates of the leaf are judged apart; nothing is fetched.</summary>
    /// <param name="leaf">The server's.</param>
    /// <param name="sent">All that it sent, in its order.</param>
    /// <param name="reason">Why not, for people; null: it does.</param>
    public bool IsTrusted(X509Certificate2 leaf, IEnumerable<X509Certificate2> sent, out string? reason)
    {
        reason = Build(leaf, sent, X509ChainTrustMode.System);
        if (reason is not null && _more.Value.Count > 0)
        {
            reason = Build(leaf, sent, X509ChainTrustMode.CustomRootTrust);
        }

        return reason is null;
    }

    private string? Build(X509Certificate2 leaf, IEnumerable<X509Certificate2> sent, X509ChainTrustMode mode)
    {
        using var chain = new X509Chain
        {
            ChainPolicy =
            {
                TrustMode = mode,
                RevocationMode = X509RevocationMode.NoCheck,
                DisableCertificateDownloads = true,
                VerificationTime = clock.GetUtcNow().UtcDateTime,
                ApplicationPolicy = { new System.Security.Cryptography.Oid("1.3.6.1.5.5.7.3.1") },
            },
        };
        // The leaf's own dates are another advisory: was the chain right when it was valid?
        var now = clock.GetUtcNow().UtcDateTime;
        if (now > leaf.NotAfter.ToUniversalTime() || now < leaf.NotBefore.ToUniversalTime())
        {
            chain.ChainPolicy.VerificationTime = leaf.NotBefore.ToUniversalTime().AddSeconds(1);
        }

        chain.ChainPolicy.ExtraStore.AddRange(sent.ToArray());
        if (mode == X509ChainTrustMode.CustomRootTrust)
        {
            chain.ChainPolicy.CustomTrustStore.AddRange(_more.Value);
        }

        return chain.Build(leaf) ? null : string.Join(", ", chain.ChainStatus.Select(status => status.Status).Distinct());
    }
}
