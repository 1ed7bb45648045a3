using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using MtaSts.Host.Lookups;

namespace MtaSts.Host.Notices.Webhooks;

/// <summary>
/// One POST to a URL that a tenant chose: only to addresses that requests may go to, judged where it connects; follows nothing, reads no body, bounded in time.
/// What it tells of the other side is a status code or a kind of failure, never its words. Safe from all threads.
/// </summary>
internal sealed class WebhookSender(OutboundAddresses outbound, Resolver resolver, TimeProvider clock)
{
    private const int MostAddresses = 4;

    /// <summary>For the whole of it: DNS, connection, handshake, answer.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <exception cref="OperationCanceledException">The caller's token was cancelled.</exception>
    public async Task<DeliveryOutcome> SendAsync(Uri url, string id, DateTimeOffset at, byte[] body, string signature, CancellationToken cancellationToken)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(Patience);
        try
        {
            var (addresses, isUnknown) = await FindAsync(url, bound.Token);
            var outcome = isUnknown ? Failed("DNS gives no answer about the webhook's name.") : Failed("The webhook's name leads to no address that requests may go to.");
            foreach (var address in addresses.Take(MostAddresses))
            {
                (outcome, var isConnected) = await PostAsync(address, url, id, at, body, signature, bound.Token);
                if (isConnected)
                {
                    break;
                }
            }

            return outcome;
        }
        catch (OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return Failed($"No answer within {Patience.TotalSeconds:0} s.");
        }
    }

    private async Task<(IReadOnlyList<IPAddress> Addresses, bool IsUnknown)> FindAsync(Uri url, CancellationToken bound)
    {
        if (IPAddress.TryParse(url.IdnHost, out var literal))
        {
            return (outbound.Allows(literal) ? [literal] : [], false);
        }

        var four = resolver.FindAddressesAsync(url.IdnHost, AddressFamily.InterNetwork, bound);
        var six = resolver.FindAddressesAsync(url.IdnHost, AddressFamily.InterNetworkV6, bound);
        var found = await Task.WhenAll(four, six);
        return ([.. found.SelectMany(one => one.Records).Where(outbound.Allows)], found.Any(one => one.Outcome != LookupOutcome.Answer && !one.IsEmpty));
    }

    private async Task<(DeliveryOutcome Outcome, bool IsConnected)> PostAsync(IPAddress address, Uri url, string id, DateTimeOffset at, byte[] body, string signature, CancellationToken bound)
    {
        var handler = outbound.CreateHandler(address, Patience);
        // Certificates name URLs of issuers: without this a stranger would choose where our requests go.
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy { DisableCertificateDownloads = true, RevocationMode = X509RevocationMode.NoCheck };
        using var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.UserAgent.ParseAdd("MtaSts.Host");
        request.Headers.Add(WebhookSignature.IdHeader, id);
        request.Headers.Add(WebhookSignature.TimestampHeader, WebhookSignature.Timestamp(at));
        request.Headers.Add(WebhookSignature.SignatureHeader, signature);
        try
        {
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, bound);
            return (Judge(response), true);
        }
        catch (HttpRequestException exception)
        {
            var isConnected = exception.HttpRequestError is not HttpRequestError.ConnectionError;
            return (Failed(exception.InnerException is AuthenticationException || exception.HttpRequestError == HttpRequestError.SecureConnectionError
                ? "The TLS handshake failed, or the certificate is not trusted for this name."
                : isConnected ? "The answer was no HTTP, or broke off." : "No connection."), isConnected);
        }
        catch (IOException)
        {
            return (Failed("The answer broke off."), true);
        }
    }

    private DeliveryOutcome Judge(HttpResponseMessage response)
    {
        var status = (int)response.StatusCode;
        return status switch
        {
            >= 200 and < 300 => DeliveryOutcome.Taken with { Status = status },
            410 => new DeliveryOutcome(DeliveryEnd.Gone, "The receiver answered 410: it wants no more. Put the target again to go on.", status),
            >= 300 and < 400 => Failed($"The receiver answered {status}: redirects are not followed.") with { Status = status },
            _ => Failed($"The receiver answered {status}.") with { Status = status, RetryAfter = status is 429 or 503 ? Wait(response.Headers.RetryAfter) : null },
        };
    }

    private TimeSpan? Wait(RetryConditionHeaderValue? after) => after?.Delta ?? (after?.Date is { } date ? date - clock.GetUtcNow() : null);

    private static DeliveryOutcome Failed(string error) => new(DeliveryEnd.Failed, error);
}
