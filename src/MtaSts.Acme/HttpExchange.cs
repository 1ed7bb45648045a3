using System.Net.Http.Headers;

namespace MtaSts.Acme;

/// <summary>One request and its answer, bounded in time and size. Nothing is ever sent twice here.</summary>
internal sealed class HttpExchange(HttpClient http, TimeProvider time, string? product, TimeSpan timeout)
{
    private static readonly ProductInfoHeaderValue OwnProduct =
        new("MtaSts.Acme", typeof(HttpExchange).Assembly.GetName().Version?.ToString(3) ?? "0");

    private readonly ProductInfoHeaderValue? _product = product is null ? null : ProductInfoHeaderValue.Parse(product);

    private AcmeClockReading? _clock;

    public AcmeClockReading? Clock => Volatile.Read(ref _clock);

    public async Task<AcmeResponse> SendAsync(string operation, HttpMethod method, Uri url, byte[]? body, string accept, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, url);
        // RFC 8555 §6.1.
        if (_product is not null)
        {
            request.Headers.UserAgent.Add(_product);
        }

        request.Headers.UserAgent.Add(OwnProduct);
        request.Headers.AcceptLanguage.Add(new StringWithQualityHeaderValue("en"));
        request.Headers.Accept.ParseAdd(accept);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/jose+json");
        }

        // By the real clock, whatever TimeProvider says: this bounds a connection, not a plan. HttpClient's own timeout ends with the headers.
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(timeout);
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, bound.Token);
            if (response.RequestMessage?.RequestUri is { } answered && answered != url)
            {
                throw AcmeException.Garbage(operation, url, "the HttpClient followed a redirect; a signed request holds for one URL only (RFC 8555 §6.4)");
            }

            var (octets, isTooLong) = await ReadAsync(response, bound.Token);
            return Describe(operation, url, response, octets, isTooLong);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw AcmeException.Lost(operation, url, "timeout", exception, wasSent: true);
        }
        catch (HttpRequestException exception)
        {
            throw AcmeException.Lost(operation, url, Describe(exception), exception, WasSent(exception));
        }
        catch (IOException exception)
        {
            throw AcmeException.Lost(operation, url, exception.Message, exception, wasSent: true);
        }
    }

    private static async Task<(byte[] Octets, bool IsTooLong)> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        using var octets = new MemoryStream();
        var buffer = new byte[8192];
        for (int count; (count = await stream.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            if (octets.Length + count > AcmeLimits.MaxAnswerBytes)
            {
                return ([], true);
            }

            octets.Write(buffer, 0, count);
        }

        return (octets.ToArray(), false);
    }

    private AcmeResponse Describe(string operation, Uri url, HttpResponseMessage response, byte[] octets, bool isTooLong)
    {
        var now = time.GetUtcNow();
        var date = response.Headers.Date;
        if (date is { } theirs)
        {
            Volatile.Write(ref _clock, new AcmeClockReading(theirs, now));
        }

        return new AcmeResponse
        {
            Operation = operation,
            Url = url,
            Status = (int)response.StatusCode,
            Body = octets,
            IsTooLong = isTooLong,
            // RFC 8555 §6.5.1: what is not base64url is not a nonce.
            Nonce = Header(response, "Replay-Nonce") is { Length: > 0 and <= AcmeLimits.MaxNonceLength } nonce && IsBase64Url(nonce) ? nonce : null,
            Location = Header(response, "Location") is { Length: > 0 } location ? AcmeUrl.TryResolve(url, location) : null,
            Links = response.Headers.TryGetValues("Link", out var links) ? AcmeLink.Read(links, url) : [],
            Date = date,
            RetryAfter = RetryAfter.Read(Header(response, "Retry-After"), date ?? now),
        };
    }

    private static bool IsBase64Url(string text) => text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_');

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.NonValidated.TryGetValues(name, out var values) ? values.First() : null;

    /// <remarks>The outer message of a failed handshake is only that it failed.</remarks>
    private static string Describe(HttpRequestException exception) =>
        exception.InnerException is null ? exception.Message : $"{exception.Message} {exception.InnerException.Message}";

    private static bool WasSent(HttpRequestException exception) =>
        exception.HttpRequestError is not (HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError
            or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError);
}
