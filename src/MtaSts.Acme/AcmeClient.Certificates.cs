using System.Buffers.Text;
using System.Security.Cryptography;

namespace MtaSts.Acme;

public sealed partial class AcmeClient
{
    /// <summary>Downloads a chain (§7.4.2). Check it with <see cref="IssuedChain.FindFaults"/> before it is used.</summary>
    /// <param name="account">Who asks.</param>
    /// <param name="certificateUrl"><see cref="AcmeOrder.Certificate"/>, or one of <see cref="IssuedChain.Alternates"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="AcmeException">It failed.</exception>
    public async Task<IssuedChain> DownloadAsync(AcmeAccount account, Uri certificateUrl, CancellationToken cancellationToken = default)
    {
        var answer = await ReadAsync(AcmeOperations.Certificate, account, certificateUrl, cancellationToken, "application/pem-certificate-chain");
        return ChainReader.Read(answer);
    }

    /// <summary>Revokes a certificate of this account, or of names that the account has authorizations for (§7.6). Revoked already is done as well.</summary>
    /// <param name="account">Who asks.</param>
    /// <param name="certificate">In DER.</param>
    /// <param name="reason">Why.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="AcmeException">It failed.</exception>
    public Task RevokeAsync(AcmeAccount account, ReadOnlyMemory<byte> certificate, RevocationReason reason, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(account);
        return RevokeAsync(account.Key.Signer, account.Url, certificate, reason, cancellationToken);
    }

    /// <summary>
    /// Revokes a certificate by its own key (§7.6), as when the account is lost. CAs take this as a sign that the key is compromised and block
    /// it. Revoked already is done as well.
    /// </summary>
    /// <param name="certificateKey">ECDsa on P-256 or P-384, or RSA.</param>
    /// <param name="certificate">In DER.</param>
    /// <param name="reason">Why.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="AcmeException">It failed.</exception>
    /// <exception cref="ArgumentException">A key of this kind cannot sign for ACME.</exception>
    public Task RevokeAsync(AsymmetricAlgorithm certificateKey, ReadOnlyMemory<byte> certificate, RevocationReason reason, CancellationToken cancellationToken = default) =>
        certificateKey switch
        {
            ECDsa ecdsa => RevokeAsync(JwsKey.Of(ecdsa), keyId: null, certificate, reason, cancellationToken),
            RSA rsa => RevokeAsync(JwsKey.Of(rsa), keyId: null, certificate, reason, cancellationToken),
            _ => throw new ArgumentException("ECDSA or RSA is needed.", nameof(certificateKey)),
        };

    /// <summary>When does the CA want this certificate to be renewed (RFC 9773 §4)? Without an account and without a signature.</summary>
    /// <param name="certId">See <see cref="CertId"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>
    /// The window; <see cref="AcmeResource.RetryAfter"/> says when to ask again (§4.3.2). Null where the CA has no renewal information at all.
    /// </returns>
    /// <exception cref="AcmeException">It failed. Keep the last window then, and never let a renewal wait for it that the certificate's dates demand.</exception>
    public async Task<RenewalInfo?> GetRenewalInfoAsync(string certId, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(certId);
        if ((await GetDirectoryAsync(cancellationToken)).RenewalInfo is not { } endpoint)
        {
            return null;
        }

        // RFC 9773 §4.1. A certId has no character that would need escaping.
        var url = new Uri($"{endpoint.AbsoluteUri.TrimEnd('/')}/{Uri.EscapeDataString(certId)}");
        return ResourceReader.RenewalInfo(await _transport.GetAsync(AcmeOperations.RenewalInfo, url, cancellationToken));
    }

    private async Task RevokeAsync(JwsKey key, Uri? keyId, ReadOnlyMemory<byte> certificate, RevocationReason reason, CancellationToken cancellationToken)
    {
        var payload = JsonText.Object(writer =>
        {
            writer.WriteString("certificate", Base64Url.EncodeToString(certificate.Span));
            if (reason != RevocationReason.Unspecified)
            {
                // RFC 5280 §5.3.1: unspecified is said by leaving it out.
                writer.WriteNumber("reason", (int)reason);
            }
        });
        try
        {
            await _transport.PostAsync(AcmeOperations.RevokeCert, directory => directory.RevokeCert, key, keyId, _ => payload, cancellationToken);
        }
        catch (AcmeException exception) when (exception.ErrorType == AcmeErrorTypes.AlreadyRevoked)
        {
            // What was wanted, perhaps by this very call whose first answer was lost.
        }
    }
}
