using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using MtaSts.Host.Lookups;

namespace MtaSts.Host.Checks.Fetch;

/// <summary>
/// One GET of a policy from one address, as RFC 8461 §3.3 wants it, though a wrong certificate does not end it. Bounded in time and bytes; follows
/// nothing; never throws for what the other side does. Safe from all threads.
/// </summary>
internal sealed class PolicyRequest(OutboundAddresses outbound, Handshake handshake, TimeProvider clock)
{
    // RFC 8461 §3.2: https, so this port.
    public const int Port = 443;

    /// <summary>For the whole of it: connection, handshake, answer.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(15);

    /// <param name="host">The policy host.</param>
    /// <param name="address">One that <see cref="OutboundAddresses.Allows"/>.</param>
    /// <param name="agent">User-Agent; null: none is sent.</param>
    /// <param name="cancellationToken">Of whoever asks.</param>
    /// <exception cref="OperationCanceledException">The caller's token was cancelled.</exception>
    public async Task<FetchFacts> SendAsync(string host, IPAddress address, string? agent, CancellationToken cancellationToken)
    {
        var start = clock.GetTimestamp();
        using var patience = new CancellationTokenSource(Patience, clock);
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        var facts = new FetchFacts(address, FetchOutcome.ConnectTimeout);
        try
        {
            await foreach (var next in StagesAsync(facts, host, agent, start, bound.Token))
            {
                facts = next;
            }
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // What a stranger's bytes make the libraries throw has no type in common.
            facts = patience.IsCancellationRequested ? facts with { Detail = "the time was over" } : Failed(facts, exception);
        }

        cancellationToken.ThrowIfCancellationRequested();
        return facts with { Took = clock.GetElapsedTime(start) };
    }

    // Each stage's facts say what it means when the time is over from there on.
    private async IAsyncEnumerable<FetchFacts> StagesAsync(
        FetchFacts facts, string host, string? agent, long start, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken bound)
    {
        using var socket = new Socket(facts.Address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(facts.Address, Port, bound);
        yield return facts = facts with { Outcome = FetchOutcome.Timeout };

        // The client gives up by closing its stream: that must end the socket, or a read that waits for it never ends.
        var (stream, done) = await handshake.OpenAsync(new NetworkStream(socket, ownsSocket: true), host, bound);
        await using var tls = stream;
        yield return facts = facts with { Handshake = done };

        using var client = Client(facts.Address, tls);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://{host}/.well-known/mta-sts.txt") { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        if (agent is not null)
        {
            request.Headers.TryAddWithoutValidation("User-Agent", agent);
        }

        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, bound);
        yield return facts = facts with
        {
            HeaderAfter = clock.GetElapsedTime(start),
            Status = (int)response.StatusCode,
            Location = Field(response.Headers, "Location"),
            ContentType = Field(response.Content.Headers, "Content-Type"),
            ContentEncoding = Field(response.Content.Headers, "Content-Encoding"),
        };

        if (response.StatusCode != HttpStatusCode.OK)
        {
            yield return facts with { Outcome = FetchOutcome.Complete };
            yield break;
        }

        var body = await BodyAsync(response.Content, bound);
        yield return body is null ? facts with { Outcome = FetchOutcome.TooLarge } : facts with { Outcome = FetchOutcome.Complete, Body = body };
    }

    // The connection is there and encrypted already: the client only speaks HTTP over it.
    private HttpClient Client(IPAddress address, SslStream tls)
    {
        var handler = outbound.CreateHandler(address, Patience);
        handler.ConnectCallback = (_, _) => ValueTask.FromResult<Stream>(tls);
        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    private static async Task<byte[]?> BodyAsync(HttpContent content, CancellationToken bound)
    {
        if (content.Headers.ContentLength > StsLimits.MaxBodyBytes)
        {
            return null;
        }

        await using var stream = await content.ReadAsStreamAsync(bound);
        var buffer = new byte[StsLimits.MaxBodyBytes + 1];
        var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, bound);
        return length > StsLimits.MaxBodyBytes ? null : buffer[..length];
    }

    private static string? Field(System.Net.Http.Headers.HttpHeaders headers, string name) => headers.NonValidated.TryGetValues(name, out var values) ? values.ToString() : null;

    private static FetchFacts Failed(FetchFacts facts, Exception exception) => facts switch
    {
        { Outcome: FetchOutcome.ConnectTimeout } => facts with { Outcome = IsOurs(facts.Address, exception) ? FetchOutcome.Unchecked : FetchOutcome.Unreachable, Detail = exception.Message },
        { Handshake: null } => facts with { Outcome = Handshake.IsVersionFault(exception) ? FetchOutcome.TlsVersion : FetchOutcome.TlsFailed, Detail = exception.GetBaseException().Message },
        _ => facts with { Outcome = FetchOutcome.Broken, Detail = exception.GetBaseException().Message },
    };

    // A machine without IPv6 says so at once; that is no fault of the policy host.
    private static bool IsOurs(IPAddress address, Exception exception) => address.AddressFamily == AddressFamily.InterNetworkV6
        && exception is SocketException { SocketErrorCode: SocketError.NetworkUnreachable or SocketError.AddressFamilyNotSupported or SocketError.AddressNotAvailable };
}
