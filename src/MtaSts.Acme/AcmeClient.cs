using System.Security.Cryptography.X509Certificates;

namespace MtaSts.Acme;

/// <summary>
/// One CA by ACME (RFC 8555): one method for each operation of the protocol, each exactly one request to the CA besides nonces and directory.
/// Keep one for each CA and process, because the pool of nonces and the directory are kept in it. Safe from any thread.
/// <para>
/// Every failure of the CA or on the way to it is an <see cref="AcmeException"/>; cancellation is an <see cref="OperationCanceledException"/>.
/// A request is repeated only where the CA refused its nonce (§6.5), signed anew. Nothing else is: whoever calls decides, after a look at
/// <see cref="AcmeException.AnswerWasLost"/>.
/// </para>
/// </summary>
public sealed partial class AcmeClient : IDisposable
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(60);

    private readonly HttpExchange _exchange;
    private readonly AcmeTransport _transport;
    private readonly TimeProvider _time;

    /// <summary>Makes a client; asks nothing yet.</summary>
    /// <param name="http">
    /// Best from <see cref="CreateHttpClient"/>. It must not follow redirects and must not repeat requests. The caller disposes of it.
    /// </param>
    /// <param name="directoryUrl">The CA's directory; https.</param>
    /// <param name="time">The own clock.</param>
    /// <param name="product">Name and version of the program, such as <c>Example/1.0</c>, in front of this library's in <c>User-Agent</c> (§6.1).</param>
    /// <param name="timeout">Of one request with its answer; 60 s where null: some CAs validate inside of a request.</param>
    /// <exception cref="ArgumentException">The directory is not an https URL.</exception>
    /// <exception cref="FormatException">The product is none.</exception>
    public AcmeClient(HttpClient http, Uri directoryUrl, TimeProvider time, string? product = null, TimeSpan? timeout = null)
    {
        ArgumentNullException.ThrowIfNull(http);
        ArgumentNullException.ThrowIfNull(time);
        DirectoryUrl = AcmeUrl.Required(directoryUrl, nameof(directoryUrl));
        _time = time;
        _exchange = new HttpExchange(http, time, product, timeout ?? DefaultTimeout);
        _transport = new AcmeTransport(_exchange, DirectoryUrl, time);
    }

    /// <summary>The CA's directory.</summary>
    public Uri DirectoryUrl { get; }

    /// <summary>The CA's clock beside the own one, at the latest answer that had a <c>Date</c>; null before the first.</summary>
    public AcmeClockReading? LatestClock => _exchange.Clock;

    /// <summary>An HttpClient as this library needs it: no redirects, no cookies, no decompression.</summary>
    /// <param name="trustedRoots">Of a private CA; these alone are trusted then. Null: those of the system.</param>
    public static HttpClient CreateHttpClient(X509Certificate2Collection? trustedRoots = null)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = TimeSpan.FromSeconds(15),
            // A CA's addresses change.
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        };
        if (trustedRoots is not null)
        {
            handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
                DisableCertificateDownloads = true,
            };
            handler.SslOptions.CertificateChainPolicy.CustomTrustStore.AddRange(trustedRoots);
        }

        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>The directory (§7.1.1); read once a day, and when an operation is not found where it was.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="AcmeException">The CA cannot be reached, or answers nonsense.</exception>
    public Task<AcmeDirectory> GetDirectoryAsync(CancellationToken cancellationToken = default) => _transport.GetDirectoryAsync(cancellationToken);

    /// <summary>Ends a reading of the directory. The HttpClient is the caller's.</summary>
    public void Dispose() => _transport.Dispose();

    private Task<AcmeResponse> PostAsync(
        string operation, AcmeAccount account, Uri url, byte[] payload, CancellationToken cancellationToken, string accept = "application/json")
    {
        ArgumentNullException.ThrowIfNull(account);
        return _transport.PostAsync(operation, AcmeUrl.Required(url, nameof(url)), account.Key.Signer, account.Url, payload, accept, cancellationToken);
    }

    /// <remarks>RFC 8555 §6.3: POST-as-GET has an empty payload, not an empty object.</remarks>
    private Task<AcmeResponse> ReadAsync(
        string operation, AcmeAccount account, Uri url, CancellationToken cancellationToken, string accept = "application/json") =>
        PostAsync(operation, account, url, [], cancellationToken, accept);
}
