using System.Buffers;
using System.Net;
using System.Net.Sockets;
using DnsClient;
using DnsClient.Protocol;

namespace MtaSts.Host.Lookups;

/// <summary>
/// All look-ups of this service. Nothing is cached here: who asks wants the present. Bounded in time and in the length of a CNAME chain,
/// never throws for what comes out of DNS. Safe from all threads.
/// </summary>
internal sealed class Resolver(ResolverServers servers)
{
    /// <summary>As many CNAMEs one after the other are followed.</summary>
    public const int MostAliases = 8;

    private const int Rounds = 2;

    // It goes through everywhere unfragmented (DNS flag day 2020); longer answers come over TCP.
    private const int MostUdpBytes = 1232;

    private static readonly SearchValues<char> NameCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-_.");

    // Each query names its server and its options; the library wants a server all the same.
    private readonly LookupClient _client = new(new LookupClientOptions(new NameServer(IPAddress.Loopback)) { AutoResolveNameServers = false, UseCache = false });

    /// <summary>How long one server is waited for; over UDP, and again over TCP where the answer is cut off.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long a look-up takes at most with all its servers, tries and CNAMEs.</summary>
    public TimeSpan LongestLookup { get; init; } = TimeSpan.FromSeconds(12);

    /// <summary>A or AAAA, CNAMEs followed.</summary>
    public Task<Lookup<IPAddress>> FindAddressesAsync(string name, AddressFamily family, CancellationToken cancellationToken) =>
        FindAsync(name, family == AddressFamily.InterNetworkV6 ? QueryType.AAAA : QueryType.A, record => (record as AddressRecord)?.Address, cancellationToken);

    /// <summary>The CAA records of this name alone, CNAMEs followed (RFC 8659 §3).</summary>
    public Task<Lookup<CaaProperty>> FindCaaAsync(string name, CancellationToken cancellationToken) =>
        FindAsync(name, QueryType.CAA, record => record is CaaRecord caa ? new CaaProperty(caa.Flags, caa.Tag, caa.Value) : null, cancellationToken);

    /// <summary>TXT, CNAMEs followed; the strings of each record are joined.</summary>
    public Task<Lookup<string>> FindTextsAsync(string name, CancellationToken cancellationToken) =>
        FindAsync(name, QueryType.TXT, record => record is TxtRecord txt ? string.Concat(txt.Text) : null, cancellationToken);

    /// <summary>NS, CNAMEs followed.</summary>
    public Task<Lookup<string>> FindNameServersAsync(string name, CancellationToken cancellationToken) =>
        FindAsync(name, QueryType.NS, record => record is NsRecord ns ? Plain(ns.NSDName.Value) : null, cancellationToken);

    /// <summary>MX, CNAMEs followed.</summary>
    public Task<Lookup<MailExchange>> FindMailServersAsync(string name, CancellationToken cancellationToken) =>
        FindAsync(name, QueryType.MX, record => record is MxRecord mx ? new MailExchange(mx.Preference, Plain(mx.Exchange.Value)) : null, cancellationToken);

    /// <summary>TLSA, CNAMEs followed (RFC 7672 §2.1.3), each as in a zone file; DNSSEC is asked for.</summary>
    public Task<Lookup<string>> FindTlsaAsync(string name, CancellationToken cancellationToken) =>
        FindAsync(name, QueryType.TLSA, record => record is TlsaRecord tlsa ? $"{(int)tlsa.CertificateUsage} {(int)tlsa.Selector} {(int)tlsa.MatchingType} {tlsa.CertificateAssociationDataAsString.ToLowerInvariant()}" : null, cancellationToken);

    /// <summary>The CNAME at this very name: one record at most, not followed.</summary>
    public Task<Lookup<string>> FindAliasAsync(string name, CancellationToken cancellationToken) =>
        FindAsync(name, QueryType.CNAME, record => record is CNameRecord alias ? Plain(alias.CanonicalName.Value) : null, cancellationToken);

    private async Task<Lookup<T>> FindAsync<T>(string name, QueryType type, Func<DnsResourceRecord, T?> read, CancellationToken cancellationToken)
        where T : class
    {
        name = Plain(name);
        var chain = new List<string>();
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(LongestLookup);
        var at = name;
        var isValidated = true;
        while (true)
        {
            var (outcome, records, isAuthentic) = await AskAsync(at, type, bound.Token);
            isValidated &= isAuthentic;
            cancellationToken.ThrowIfCancellationRequested();
            var asked = at;
            while (type != QueryType.CNAME && AliasOf(at, records) is { } next)
            {
                if (next == name || chain.Contains(next))
                {
                    return Ended(LookupOutcome.AliasLoop);
                }

                if (chain.Count == MostAliases)
                {
                    return Ended(LookupOutcome.TooManyAliases);
                }

                if (!IsName(next))
                {
                    return Ended(LookupOutcome.Malformed);
                }

                chain.Add(next);
                at = next;
            }

            var found = records.Where(record => Owner(record) == at).Select(read).OfType<T>().ToList();
            if (found.Count > 0)
            {
                return new Lookup<T>(name, LookupOutcome.Answer, found, chain) { IsValidated = isValidated };
            }

            if (outcome != LookupOutcome.Answer)
            {
                // RFC 6604 §3: the code speaks of the last name in the chain.
                return Ended(outcome);
            }

            if (at == asked)
            {
                return Ended(LookupOutcome.NoData);
            }

            // The chain left what this server knows, or ends in a name without such records: the name itself is asked for.
        }

        Lookup<T> Ended(LookupOutcome outcome) => new(name, outcome, [], chain);
    }

    // One question, to one server after the other until one of them knows; NXDOMAIN and «no such records» are knowledge.
    private async Task<(LookupOutcome Outcome, IReadOnlyList<DnsResourceRecord> Records, bool IsAuthentic)> AskAsync(string name, QueryType type, CancellationToken bound)
    {
        if (!IsName(name))
        {
            return (LookupOutcome.Malformed, [], false);
        }

        (LookupOutcome, IReadOnlyList<DnsResourceRecord>, bool) last = (LookupOutcome.Timeout, [], false);
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var server in await ServersAsync(bound))
            {
                if (bound.IsCancellationRequested)
                {
                    return (LookupOutcome.Timeout, [], false);
                }

                last = await AskAsync(server, name, type, bound);
                if (last.Item1 is LookupOutcome.Answer or LookupOutcome.NoName)
                {
                    return last;
                }
            }
        }

        return last;
    }

    private async Task<IReadOnlyList<NameServer>> ServersAsync(CancellationToken bound)
    {
        try
        {
            return await servers.GetAsync(bound);
        }
        catch (OperationCanceledException)
        {
            return [];
        }
    }

    private async Task<(LookupOutcome Outcome, IReadOnlyList<DnsResourceRecord> Records, bool IsAuthentic)> AskAsync(NameServer server, string name, QueryType type, CancellationToken bound)
    {
        try
        {
            var options = new DnsQueryOptions
            {
                UseCache = false,
                Retries = 0,
                ThrowDnsErrors = false,
                ContinueOnDnsError = false,
                ContinueOnEmptyResponse = false,
                UseTcpFallback = true,
                ExtendedDnsBufferSize = MostUdpBytes,
                Timeout = Patience,
                // Nothing else here is judged by DNSSEC, and signatures make answers long.
                RequestDnsSecRecords = type == QueryType.TLSA,
            };
            var response = await _client.QueryServerAsync([server], new DnsQuestion(name, type), options, bound);
            return (OutcomeOf(response, name, type), response.Answers, response.Header.IsAuthenticData);
        }
        catch (DnsResponseException exception)
        {
            return (exception.Code == DnsResponseCode.ConnectionTimeout || exception.InnerException is SocketException ? LookupOutcome.Timeout : LookupOutcome.Malformed, [], false);
        }
        catch (OperationCanceledException)
        {
            return (LookupOutcome.Timeout, [], false);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // What the library throws for strange bytes has no type in common, and not all of it is public: another id than the query's,
            // records that end too early, owners with A-labels that decode to nothing.
            return (LookupOutcome.Malformed, [], false);
        }
    }

    private static LookupOutcome OutcomeOf(IDnsQueryResponse response, string name, QueryType type)
    {
        if (response.Questions is not [{ } question] || question.QuestionType != type || Plain(question.QueryName.Original) != name)
        {
            return LookupOutcome.Malformed;
        }

        return response.Header.ResponseCode switch
        {
            // A referral (RFC 1034 §4.3.1): the server neither knows nor asks others for us. Taken for «no such records» it would let CAA
            // records pass unseen. Simple servers, such as those of ACME tests, answer without either bit, and name nobody else.
            DnsHeaderResponseCode.NoError when response.Answers.Count == 0 && response.Authorities.OfType<NsRecord>().Any()
                && response.Header is { HasAuthorityAnswer: false, RecursionAvailable: false } => LookupOutcome.Refused,
            DnsHeaderResponseCode.NoError => LookupOutcome.Answer,
            DnsHeaderResponseCode.NotExistentDomain => LookupOutcome.NoName,
            DnsHeaderResponseCode.ServerFailure => LookupOutcome.ServerFailure,
            DnsHeaderResponseCode.Refused => LookupOutcome.Refused,
            _ => LookupOutcome.Malformed,
        };
    }

    private static string? AliasOf(string name, IReadOnlyList<DnsResourceRecord> records) =>
        records.OfType<CNameRecord>().FirstOrDefault(record => Owner(record) == name) is { } alias ? Plain(alias.CanonicalName.Value) : null;

    // The library makes U-labels of A-labels: in the one member for names of records, in the other for names that records hold.
    private static string Owner(DnsResourceRecord record) => Plain(record.DomainName.Original);

    private static string Plain(string name) => name.TrimEnd('.').ToLowerInvariant();

    private static bool IsName(string name) =>
        name.Length is > 0 and <= 253 && !name.AsSpan().ContainsAnyExcept(NameCharacters) && name.Split('.').All(label => label.Length is > 0 and <= 63);
}
