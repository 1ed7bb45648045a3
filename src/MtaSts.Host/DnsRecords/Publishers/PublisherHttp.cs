using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;

namespace MtaSts.Host.DnsRecords.Publishers;

/// <summary>
/// The way to a DNS server's HTTP API: bounded in time and in what it reads, and what goes wrong on the way told apart. No word of it holds the secret that the
/// requests carry. Safe from all threads.
/// </summary>
/// <param name="service">Who is asked, for people.</param>
/// <param name="secret">What must never stand in a message.</param>
/// <param name="clock">For `Retry-After` with a date.</param>
internal sealed class PublisherHttp(string service, string secret, TimeProvider clock) : IDisposable
{
    private const int MostAnswerBytes = 8 * 1024 * 1024;
    private const int MostLineBytes = 512 * 1024;
    private const int MostQuoted = 200;
    private const int MostHeaderKilobytes = 32;

    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

    private readonly HttpClient _client = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.All,
        ActivityHeadersPropagator = null,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        MaxResponseHeadersLength = MostHeaderKilobytes,
        // The API's address may change while this runs.
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    })
    {
        Timeout = TimeSpan.FromSeconds(30),
        MaxResponseContentBufferSize = MostAnswerBytes,
        DefaultRequestHeaders = { { "User-Agent", $"MtaSts.Host/{typeof(PublisherHttp).Assembly.GetName().Version?.ToString(2)}" }, { "Accept", "application/json" } },
    };

    /// <summary>How long a request may take with its whole answer; before the first one.</summary>
    public TimeSpan Patience
    {
        get => _client.Timeout;
        init => _client.Timeout = value;
    }

    /// <summary>One request. What the API itself says, its failures among it, is for the caller to judge, but for 429 and 5xx.</summary>
    /// <exception cref="DnsPublishException">No answer, or none that says anything about the request.</exception>
    public async Task<PublisherAnswer> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        return await KnownAsync(
            async () =>
            {
                using var response = await _client.SendAsync(request, cancellationToken);
                return new PublisherAnswer(Judge(response), Encoding.UTF8.GetString(await response.Content.ReadAsByteArrayAsync(cancellationToken)));
            },
            cancellationToken);
    }

    /// <summary>The lines of an answer of up to <see cref="ListingLimits.MostOctets"/>, as they come.</summary>
    /// <param name="request">The request.</param>
    /// <param name="refusal">What an answer of another status than 200 means.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="DnsPublishException">No answer, or not all of it.</exception>
    public async IAsyncEnumerable<string> ReadLinesAsync(HttpRequestMessage request, Func<int, DnsPublishException> refusal, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(_client.Timeout);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        using var response = await KnownAsync(() => _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, both.Token), cancellationToken);
        var status = Judge(response);
        if (status != (int)HttpStatusCode.OK)
        {
            throw refusal(status);
        }

        var reader = PipeReader.Create(await KnownAsync(() => response.Content.ReadAsStreamAsync(both.Token), cancellationToken));
        long octets = 0;
        while (true)
        {
            var read = await KnownAsync(() => reader.ReadAsync(both.Token).AsTask(), cancellationToken);
            var rest = read.Buffer;
            while (rest.PositionOf((byte)'\n') is { } end)
            {
                var line = rest.Slice(0, end);
                octets += line.Length;
                yield return Encoding.UTF8.GetString(line);
                rest = rest.Slice(rest.GetPosition(1, end));
            }

            if (rest.Length > MostLineBytes || octets > ListingLimits.MostOctets || (read.IsCompleted && !rest.IsEmpty))
            {
                throw NoAnswerOfIts();
            }

            if (read.IsCompleted)
            {
                yield break;
            }

            reader.AdvanceTo(rest.Start, rest.End);
        }
    }

    /// <summary>An answer that is none of this API.</summary>
    public DnsPublishException NoAnswerOfIts(Exception? inner = null) =>
        new(PublisherCodes.Answer, $"What answers as {service} does not speak its API: look at the address in the settings.", inner: inner);

    /// <summary>A stranger's text for a message: one line, not long, without the secret.</summary>
    public string Quote(string text)
    {
        var clean = string.Concat((secret.Length > 0 ? text.Replace(secret, "…", StringComparison.Ordinal) : text).Select(character => char.IsControl(character) ? ' ' : character)).Trim();
        return clean.Length <= MostQuoted ? clean : clean[..(MostQuoted - 1)] + "…";
    }

    public void Dispose() => _client.Dispose();

    private int Judge(HttpResponseMessage response)
    {
        var status = (int)response.StatusCode;
        var retryAfter = RetryAfter(response);
        return response.StatusCode switch
        {
            HttpStatusCode.TooManyRequests => throw new DnsPublishException(PublisherCodes.Limited, $"{service} says that there were too many requests (429); it is tried again when its limit allows.", retryAfter: retryAfter),
            >= HttpStatusCode.InternalServerError => throw new DnsPublishException(
                PublisherCodes.Fault, $"{service} fails with status {status}: look at its own log or status page; it is tried again.", retryAfter: retryAfter),
            _ => status,
        };
    }

    private async Task<T> KnownAsync<T>(Func<Task<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            return await work();
        }
        catch (HttpRequestException exception) when (exception.HttpRequestError is HttpRequestError.ConfigurationLimitExceeded or HttpRequestError.InvalidResponse)
        {
            throw NoAnswerOfIts(exception);
        }
        catch (HttpRequestException exception) when (exception.HttpRequestError == HttpRequestError.SecureConnectionError)
        {
            throw new DnsPublishException(PublisherCodes.Unreachable, $"{service} has a certificate that is not trusted here, or no TLS: look at the address in the settings.", inner: exception);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw new DnsPublishException(PublisherCodes.Unreachable, $"{service} cannot be reached ({Quote(exception.Message)}): look whether it runs, and at the address in the settings.", inner: exception);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new DnsPublishException(PublisherCodes.Timeout, $"{service} has not answered within {_client.Timeout.TotalSeconds:0} seconds; it is tried again.", inner: exception);
        }
    }

    // RFC 9110 §10.2.3: seconds, or a date.
    private TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        var wait = response.Headers.RetryAfter is not { } header ? null : header.Delta ?? (header.Date - clock.GetUtcNow());
        return wait is { } time ? TimeSpan.FromTicks(Math.Clamp(time.Ticks, 0, LongestWait.Ticks)) : null;
    }
}

/// <summary>What an API answered, whole.</summary>
internal sealed record PublisherAnswer(int Status, string Body);
