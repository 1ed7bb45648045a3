using System.Net.Sockets;
using DnsClient;
using DnsClient.Protocol;

namespace MtaSts.Host.Lookups;

/// <summary>What the servers of a zone say themselves, with no cache in between: proofs of ownership, and whether a record is really out. Safe from all threads.</summary>
internal sealed class AuthoritativeLook(AuthoritativeServers servers)
{
    private const int Tries = 3;

    private static readonly Dictionary<string, QueryType> Types = new(StringComparer.Ordinal)
    {
        ["A"] = QueryType.A,
        ["AAAA"] = QueryType.AAAA,
        ["CAA"] = QueryType.CAA,
        ["TXT"] = QueryType.TXT,
        ["CNAME"] = QueryType.CNAME,
        ["NS"] = QueryType.NS,
        ["MX"] = QueryType.MX,
        ["SOA"] = QueryType.SOA,
    };

    private readonly DirectQuestions _questions = new();

    /// <summary>How long a server is waited for at each try; over UDP, and again over TCP where the answer is cut off.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Every server of the zone that the name lies in, all at once; one answer for each.</summary>
    /// <returns>Empty when no server is known.</returns>
    public async Task<IReadOnlyList<ServerAnswer>> AskAllAsync(string name, string type, CancellationToken cancellationToken) =>
        await AskAllAsync(await servers.FindAsync(name, cancellationToken), name, type, cancellationToken);

    /// <summary>The same for servers that are known.</summary>
    public async Task<IReadOnlyList<ServerAnswer>> AskAllAsync(ZoneServers zone, string name, string type, CancellationToken cancellationToken) =>
        await Task.WhenAll(zone.Servers.Select(server => AskAsync(server, name, type, cancellationToken)));

    /// <summary>One question without recursion: UDP, then TCP where the answer is cut off; silence and nonsense are met by asking again. Never throws for what DNS says.</summary>
    /// <param name="server">Who is asked; its address was judged by whoever found it.</param>
    /// <param name="name">With or without final dot.</param>
    /// <param name="type">`A`, `AAAA`, `CAA`, `TXT`, `CNAME`, `NS`, `MX` or `SOA`.</param>
    /// <param name="cancellationToken">Of whoever asks.</param>
    /// <exception cref="ArgumentException">Another type.</exception>
    public async Task<ServerAnswer> AskAsync(AuthoritativeServer server, string name, string type, CancellationToken cancellationToken)
    {
        var queryType = Types.TryGetValue(type, out var known) ? known : throw new ArgumentException($"{type} is not asked for here.", nameof(type));
        name = Plain(name);
        var answer = Failed(server, ServerOutcome.Malformed);
        for (var time = 0; time < Tries; time++)
        {
            answer = await AskOnceAsync(server, name, queryType, cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            if (answer.Outcome is not (ServerOutcome.Timeout or ServerOutcome.Malformed))
            {
                break;
            }
        }

        return answer;
    }

    private async Task<ServerAnswer> AskOnceAsync(AuthoritativeServer server, string name, QueryType type, CancellationToken cancellationToken)
    {
        try
        {
            return Read(server, await _questions.AskAsync(server.EndPoint, name, type, Patience, cancellationToken), name, type);
        }
        catch (DnsResponseException exception)
        {
            return Failed(server, exception.Code == DnsResponseCode.ConnectionTimeout || exception.InnerException is SocketException ? ServerOutcome.Timeout : ServerOutcome.Malformed);
        }
        catch (OperationCanceledException)
        {
            return Failed(server, ServerOutcome.Timeout);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // What the library throws for strange bytes has no type in common.
            return Failed(server, ServerOutcome.Malformed);
        }
    }

    private static ServerAnswer Read(AuthoritativeServer server, IDnsQueryResponse response, string name, QueryType type)
    {
        if (response.Questions is not [{ } question] || question.QuestionType != type || Plain(question.QueryName.Original) != name)
        {
            return Failed(server, ServerOutcome.Malformed);
        }

        var code = response.Header.ResponseCode;
        if (code is not (DnsHeaderResponseCode.NoError or DnsHeaderResponseCode.NotExistentDomain))
        {
            return Failed(server, code switch
            {
                DnsHeaderResponseCode.ServerFailure => ServerOutcome.ServerFailure,
                DnsHeaderResponseCode.Refused => ServerOutcome.Refused,
                DnsHeaderResponseCode.NotAuthorized => ServerOutcome.NotAuthoritative,
                _ => ServerOutcome.Malformed,
            });
        }

        // A referral (RFC 1034 §4.3.1), which some servers mark with AA all the same: neither records nor the zone's SOA.
        var isReferral = response.Answers.Count == 0 && response.Authorities.OfType<NsRecord>().Any() && !response.Authorities.OfType<SoaRecord>().Any();
        if (!response.Header.HasAuthorityAnswer || isReferral)
        {
            return Failed(server, ServerOutcome.NotAuthoritative);
        }

        var own = response.Answers.Where(record => Plain(record.DomainName.Original) == name).ToList();
        var records = own.Where(record => (int)record.RecordType == (int)type).Select(record => (record, Data: AnswerText.Of(record)!))
            .DistinctBy(item => item.Data).OrderBy(item => item.Data, StringComparer.Ordinal).ToList();
        var found = own.OfType<CNameRecord>().FirstOrDefault();
        var alias = found is null ? null : Plain(found.CanonicalName.Value);
        return new ServerAnswer(
            server,
            // RFC 6604 §3: after a CNAME the code speaks of where that leads.
            records.Count > 0 ? ServerOutcome.Answer : code == DnsHeaderResponseCode.NotExistentDomain && alias is null ? ServerOutcome.NoName : ServerOutcome.NoData,
            [.. records.Select(item => item.Data)],
            [.. records.Select(item => item.record).OfType<TxtRecord>().Select(txt => string.Concat(txt.Text))],
            records.Count > 0 ? records.Min(item => item.record.InitialTimeToLive) : 0,
            alias)
        {
            AliasTtl = found?.InitialTimeToLive ?? 0,
        };
    }

    private static ServerAnswer Failed(AuthoritativeServer server, ServerOutcome outcome) => new(server, outcome, [], [], 0, null);

    private static string Plain(string name) => name.TrimEnd('.').ToLowerInvariant();
}
