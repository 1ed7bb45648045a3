using System.Net;
using System.Text;
using Microsoft.Extensions.Options;
using MtaSts.Host.Listeners;
using MtaSts.Host.Lookups;

namespace MtaSts.Host.Certificates.Preflight;

/// <summary>Asks one address for the answer to a token of ours, as a CA asks for an http-01 answer (RFC 8555 §8.3). Safe from all threads.</summary>
internal sealed class EchoProbe(PreflightEcho echo, OutboundAddresses outbound, IOptions<PublicOptions> reached)
{
    private const int MostBodyBytes = 256;

    /// <summary>How long an address has for the whole answer.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <exception cref="ArgumentException">No request of ours may go to that address.</exception>
    public async Task<EchoResult> AskAsync(string policyHost, IPAddress address, CancellationToken cancellationToken)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(Patience);
        using var client = new HttpClient(outbound.CreateHandler(address, Patience));
        var token = echo.NewToken();
        using var request = new HttpRequestMessage(HttpMethod.Get, new UriBuilder("http", policyHost, reached.Value.HttpPort, $"/.well-known/acme-challenge/{token}").Uri);
        request.Headers.Host = policyHost;
        request.Headers.UserAgent.ParseAdd("MtaSts.Host-preflight");
        try
        {
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, bound.Token);
            var body = await ReadAsync(response.Content, bound.Token);
            var ours = response.StatusCode == HttpStatusCode.OK && echo.TryAnswer(token, out var wanted) && body == wanted;
            return new EchoResult(address, ours ? EchoOutcome.Ours : EchoOutcome.Other, (int)response.StatusCode);
        }
        catch (HttpRequestException exception) when (exception.HttpRequestError is HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded)
        {
            return new EchoResult(address, EchoOutcome.Other);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            return new EchoResult(address, EchoOutcome.Unreachable);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new EchoResult(address, EchoOutcome.Timeout);
        }
    }

    // One byte more than an answer may have tells that it is none.
    private static async Task<string> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[MostBodyBytes + 1];
        var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return Encoding.ASCII.GetString(buffer, 0, length);
    }
}
