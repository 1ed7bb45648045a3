using System.Net;
using DnsClient;

namespace MtaSts.Host.Lookups;

/// <summary>One question to one server, without recursion and with no cache in between: UDP, then TCP where the answer is cut off. Safe from all threads.</summary>
internal sealed class DirectQuestions
{
    // It goes through everywhere unfragmented (DNS flag day 2020); longer answers come over TCP.
    private const int MostUdpBytes = 1232;

    private readonly LookupClient _client = new(new LookupClientOptions(new NameServer(IPAddress.Loopback)) { AutoResolveNameServers = false, UseCache = false });

    /// <param name="server">Its address was judged by whoever found it.</param>
    /// <param name="name">With or without final dot.</param>
    /// <param name="type">Of the records.</param>
    /// <param name="patience">How long it is waited for, over UDP and again over TCP.</param>
    /// <param name="cancellationToken">Of whoever asks.</param>
    /// <exception cref="DnsResponseException">No answer.</exception>
    /// <exception cref="Exception">What the library throws for strange bytes has no type in common.</exception>
    public Task<IDnsQueryResponse> AskAsync(IPEndPoint server, string name, QueryType type, TimeSpan patience, CancellationToken cancellationToken)
    {
        var options = new DnsQueryOptions
        {
            Recursion = false,
            UseCache = false,
            Retries = 0,
            ThrowDnsErrors = false,
            ContinueOnDnsError = false,
            ContinueOnEmptyResponse = false,
            UseTcpFallback = true,
            ExtendedDnsBufferSize = MostUdpBytes,
            Timeout = patience,
        };
        return _client.QueryServerAsync([new NameServer(server)], new DnsQuestion(name, type), options, cancellationToken);
    }
}
