using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using MtaSts.Host.Policies;

namespace MtaSts.Host.DnsRecords.Gate;

/// <summary>
/// Fetches a policy from one node as a sender does (RFC 8461 §3.3): SNI and Host are the policy host, the certificate must be for that name and within its
/// dates. Who signed it is not asked: the CA may be a private one. Safe from all threads.
/// </summary>
internal sealed class PolicyFetch(TimeProvider clock)
{
    /// <summary>How long a node has for the whole answer.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(3);

    /// <param name="endpoint">Where the node listens.</param>
    /// <param name="wanted">What it must give out; with a text.</param>
    /// <param name="node">The node's name: at an address that several machines have (loopback, containers) another one may answer.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<FetchedPolicy> GetAsync(EndPoint endpoint, WantedPolicy wanted, string node, CancellationToken cancellationToken)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(Patience);
        FetchedPolicy? refused = null;
        using var client = new HttpClient(Handler(endpoint, certificate => refused = Judge(certificate, wanted.Host)));
        using var request = new HttpRequestMessage(HttpMethod.Get, $"https://{wanted.Host}/.well-known/mta-sts.txt");
        request.Headers.Add(PolicyEndpoint.NodeHeader, node);
        request.Headers.UserAgent.ParseAdd("MtaSts.Host-gate");
        try
        {
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, bound.Token);
            if (!response.Headers.TryGetValues(PolicyEndpoint.NodeHeader, out var names) || names.Single() != node)
            {
                return new FetchedPolicy(FetchOutcome.Stranger, "https.stranger", "Another process answers at the node's Policy endpoint.");
            }

            return await JudgeAsync(response, wanted, bound.Token);
        }
        catch (HttpRequestException exception) when (refused is not null || exception.InnerException is AuthenticationException)
        {
            return refused ?? new FetchedPolicy(FetchOutcome.NoCertificate, "certificate.none", $"There is no usable certificate for {wanted.Host}.");
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            return new FetchedPolicy(FetchOutcome.Unreachable, "https.unreachable", $"{wanted.Host} cannot be fetched at the node's Policy endpoint: {exception.InnerException?.Message ?? exception.Message}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new FetchedPolicy(FetchOutcome.Unreachable, "https.unreachable", $"{wanted.Host} cannot be fetched at the node's Policy endpoint: it does not answer in time.");
        }
    }

    private static async Task<FetchedPolicy> JudgeAsync(HttpResponseMessage response, WantedPolicy wanted, CancellationToken cancellationToken)
    {
        if (response.StatusCode != HttpStatusCode.OK)
        {
            return Other($"is answered with status {(int)response.StatusCode}");
        }

        // One byte more than is wanted tells a longer text.
        var body = new byte[wanted.Body!.Length + 1];
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var length = await stream.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, cancellationToken);
        if (response.Headers.ETag?.Tag != $"\"{wanted.PolicyId}\"")
        {
            return Other($"is given out with id {response.Headers.ETag?.Tag ?? "(none)"} instead of {wanted.PolicyId}");
        }

        return body.AsSpan(0, length).SequenceEqual(wanted.Body) ? new FetchedPolicy(FetchOutcome.Present) : Other("is given out with another text");

        FetchedPolicy Other(string what) => new(FetchOutcome.OtherText, "https.text", $"{wanted.Host} {what}.");
    }

    private FetchedPolicy? Judge(X509Certificate2? certificate, string host)
    {
        // RFC 8461 §3.3: a DNS-ID of the policy host, by wildcard or not; the common name does not count.
        if (certificate?.MatchesHostname(host, allowWildcards: true, allowCommonName: false) != true)
        {
            return new FetchedPolicy(FetchOutcome.NoCertificate, "certificate.name", $"The certificate that is presented is not for {host}.");
        }

        var now = clock.GetUtcNow();
        return now > certificate.NotAfter || now < certificate.NotBefore
            ? new FetchedPolicy(FetchOutcome.NoCertificate, "certificate.expired", $"The certificate of {host} is good from {certificate.NotBefore.ToUniversalTime():u} to {certificate.NotAfter.ToUniversalTime():u}.")
            : null;
    }

    private static SocketsHttpHandler Handler(EndPoint endpoint, Func<X509Certificate2?, FetchedPolicy?> judge) => new()
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null,
        MaxResponseDrainSize = 0,
        PooledConnectionLifetime = TimeSpan.Zero,
        ConnectCallback = (_, cancellationToken) => ConnectAsync(endpoint, cancellationToken),
        SslOptions = new SslClientAuthenticationOptions
        {
            // Nothing is fetched for a chain: this must not depend on any network but the node's own.
            CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
                DisableCertificateDownloads = true,
                VerificationFlags = X509VerificationFlags.AllFlags,
            },
            RemoteCertificateValidationCallback = (_, certificate, _, _) => judge(certificate as X509Certificate2) is null,
        },
    };

    private static async ValueTask<Stream> ConnectAsync(EndPoint endpoint, CancellationToken cancellationToken)
    {
        var socket = endpoint is UnixDomainSocketEndPoint
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endpoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
