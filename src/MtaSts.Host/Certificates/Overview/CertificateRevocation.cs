using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.EntityFrameworkCore;
using MtaSts.Acme;
using MtaSts.Host.Api;
using MtaSts.Host.Certificates.Acme;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Certificates.Overview;

/// <summary>Has the CA revoke what a host presents (RFC 8555 §7.6), and then the next certificate ordered before all others.</summary>
internal sealed partial class CertificateRevocation(
    Store store, CertificateEditor editor, CertificateAuthorities authorities, AcmeAccounts accounts, KeySealing sealing, ILogger<CertificateRevocation> logger)
{
    public async Task<ApiProblem?> RevokeAsync(string actor, HostedDomain domain, RevocationReason reason, string reasonWord, CancellationToken cancellationToken)
    {
        if (editor.Refuse(domain) is { } refusal)
        {
            return refusal;
        }

        var host = MailDomain.PolicyHostPrefix + domain.Name;
        StoredCertificate? certificate;
        await using (var db = store.Open())
        {
            certificate = await db.Certificates.SingleOrDefaultAsync(row => row.HostName == host, cancellationToken);
        }

        if (certificate is null or { Origin: CertificateOrigin.LocalCa })
        {
            return ApiProblem.Conflict("certificate.none", $"{host} has no certificate of a CA that could be revoked.");
        }

        if (certificate.RevokedAt is { } revokedAt)
        {
            return ApiProblem.Conflict("certificate.revoked", $"The certificate of {host} was revoked at {revokedAt:u}; the next one is on its way.");
        }

        if (await AskAsync(certificate, reason, cancellationToken) is { } problem)
        {
            return problem;
        }

        Log.Revoked(logger, host, reasonWord, actor);
        await editor.RevokedAsync(actor, domain, certificate.Id, reasonWord);
        return null;
    }

    private async Task<ApiProblem?> AskAsync(StoredCertificate certificate, RevocationReason reason, CancellationToken cancellationToken)
    {
        // Which CA issued an imported one is not known: the one that did not refuses.
        var issuers = authorities.All
            .Where(ca => ca.Role != CaRole.Staging && (certificate.Directory is null || ca.Directory == certificate.Directory))
            .OrderBy(ca => ca.Role)
            .ToList();
        var failure = ApiProblem.Conflict("certificate.foreign", $"{certificate.Directory} issued the certificate of {certificate.HostName}, and no setting names that CA any more.");
        foreach (var ca in issuers)
        {
            try
            {
                await AskAsync(ca, certificate, reason, cancellationToken);
                return null;
            }
            catch (AcmeException exception)
            {
                failure = exception.Blame is AcmeBlame.CertificateAuthority or AcmeBlame.RateLimit
                    ? new ApiProblem(StatusCodes.Status502BadGateway, "ca.failed", $"{ca.Directory} could not revoke it: {exception.Message}")
                    : ApiProblem.Conflict("ca.refused", $"{ca.Directory} refuses to revoke it: {exception.Message}");
                Log.Refused(logger, certificate.HostName, ca.Directory, exception.Message);
            }
            catch (KeySealingException exception)
            {
                return ApiProblem.Conflict("key.sealed", exception.Message);
            }
        }

        return failure;
    }

    private async Task AskAsync(CertificateAuthority ca, StoredCertificate certificate, RevocationReason reason, CancellationToken cancellationToken)
    {
        if (await IssuingAccountAsync(ca, certificate, cancellationToken) is { } account)
        {
            try
            {
                await ca.Client.RevokeAsync(account, certificate.Leaf, reason, cancellationToken);
                return;
            }
            catch (AcmeException exception) when (exception.ErrorType is AcmeErrorTypes.AccountDoesNotExist or AcmeErrorTypes.Unauthorized)
            {
                // The account was lost at the CA; the certificate's own key proves as much.
            }
        }

        using var leaf = X509CertificateLoader.LoadCertificate(certificate.Leaf);
        using var key = OpenKey(leaf, certificate);
        await ca.Client.RevokeAsync(key, certificate.Leaf, reason, cancellationToken);
    }

    /// <summary>Null when it was another account, none, or one that cannot be used any more.</summary>
    private async Task<AcmeAccount?> IssuingAccountAsync(CertificateAuthority ca, StoredCertificate certificate, CancellationToken cancellationToken)
    {
        if (certificate.AccountUrl is null || (await accounts.FindAsync(ca.Directory, cancellationToken))?.AccountUrl != certificate.AccountUrl)
        {
            return null;
        }

        try
        {
            return await accounts.OpenAsync(ca, cancellationToken);
        }
        catch (AccountUnusableException)
        {
            return null;
        }
    }

    private AsymmetricAlgorithm OpenKey(X509Certificate2 leaf, StoredCertificate certificate)
    {
        var pkcs8 = sealing.Open(certificate.SealedKey, HostCertificate.SealingPurpose(certificate.HostName));
        using var rsa = leaf.GetRSAPublicKey();
        AsymmetricAlgorithm key = rsa is null ? ECDsa.Create() : RSA.Create();
        try
        {
            key.ImportPkcs8PrivateKey(pkcs8, out _);
            return key;
        }
        catch
        {
            key.Dispose();
            throw;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pkcs8);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(495, LogLevel.Warning, "The certificate of {Host} was revoked ({Reason}) by {Actor}; the next one is ordered before all others")]
        public static partial void Revoked(ILogger logger, string host, string reason, string actor);

        [LoggerMessage(496, LogLevel.Warning, "The certificate of {Host} was to be revoked, and {Directory} did not: {Answer}")]
        public static partial void Refused(ILogger logger, string host, string directory, string answer);
    }
}
