using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace MtaSts.Host.Checks.Fetch;

/// <summary>TLS with a policy host, whatever its certificate: a sender would stop there, a check goes on and tells all. Safe from all threads.</summary>
internal sealed class Handshake(CheckTrust trust)
{
    private const int MostNames = 8;

    /// <param name="connection">Disposed of with the result; on a failure by the caller.</param>
    /// <param name="host">For SNI (RFC 8461 §7.1) and for the judgement of the names.</param>
    /// <param name="cancellationToken">Bounds it.</param>
    /// <exception cref="Exception">It failed; most often <see cref="AuthenticationException"/> or <see cref="IOException"/>.</exception>
    public async Task<(SslStream Stream, HandshakeFacts Facts)> OpenAsync(Stream connection, string host, CancellationToken cancellationToken)
    {
        using var sent = new Certificates();
        var stream = new SslStream(connection, leaveInnerStreamOpen: false);
        try
        {
            await stream.AuthenticateAsClientAsync(Options(host, sent), cancellationToken);
            return (stream, Facts(stream, host, sent.All));
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    /// <summary>OpenSSL's two ways to say it: the server refused ours, or chose its own. The library has no code for either.</summary>
    public static bool IsVersionFault(Exception exception)
    {
        for (var at = exception; at is not null; at = at.InnerException)
        {
            if (at.Message.Contains("protocol version", StringComparison.OrdinalIgnoreCase) || at.Message.Contains("unsupported protocol", StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    private static SslClientAuthenticationOptions Options(string host, Certificates sent) => new()
    {
        TargetHost = host,
        // RFC 8461 §7.2, RFC 9325 §3.1.1.
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        ApplicationProtocols = [SslApplicationProtocol.Http11],
        // A stranger's certificate names where its issuer and its revocation may be fetched: nobody goes there.
        CertificateChainPolicy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true },
        RemoteCertificateValidationCallback = (_, leaf, chain, _) => sent.Take(leaf, chain),
    };

    private HandshakeFacts Facts(SslStream stream, string host, IReadOnlyList<X509Certificate2> sent)
    {
        var leaf = sent[0];
        var isTrusted = trust.IsTrusted(leaf, sent.Skip(1), out var reason);
        return new HandshakeFacts(
            CertificateNames.Word(stream.SslProtocol),
            stream.NegotiatedCipherSuite.ToString(),
            CertificateNames.Of(leaf, MostNames),
            leaf.Issuer,
            leaf.NotBefore.ToUniversalTime(),
            leaf.NotAfter.ToUniversalTime(),
            CertificateNames.Match(leaf, host),
            sent.Count,
            isTrusted ? null : reason);
    }

    /// <summary>Those of the callback end with it; these are copies.</summary>
    private sealed class Certificates : IDisposable
    {
        private readonly List<X509Certificate2> _all = [];

        public IReadOnlyList<X509Certificate2> All => _all;

        public bool Take(X509Certificate? leaf, X509Chain? chain)
        {
            if (leaf is null)
            {
                return false;
            }

            var first = leaf.GetRawCertData();
            _all.Add(X509CertificateLoader.LoadCertificate(first));
            foreach (var sent in (chain?.ChainPolicy.ExtraStore ?? []).Where(sent => !sent.RawDataMemory.Span.SequenceEqual(first)))
            {
                _all.Add(X509CertificateLoader.LoadCertificate(sent.RawData));
            }

            return true;
        }

        public void Dispose() => _all.ForEach(certificate => certificate.Dispose());
    }
}
