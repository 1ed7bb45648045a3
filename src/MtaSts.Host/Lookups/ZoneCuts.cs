using DnsClient;
using DnsClient.Protocol;

namespace MtaSts.Host.Lookups;

/// <summary>Whether a name lies in a zone below another, by the upper one's servers (RFC 1034 §4.2). Safe from all threads.</summary>
internal sealed class ZoneCuts
{
    // One that answers is enough; if none of these does, the records' own look says so of each.
    private const int MostAsked = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly DirectQuestions _questions = new();

    /// <param name="zone">The upper one.</param>
    /// <param name="name">Below it; lower case, no final dot.</param>
    /// <param name="cancellationToken">Of whoever asks.</param>
    /// <returns>The next zone below, at or above the name; null: none that its servers know of. Never throws for what DNS says.</returns>
    /// <exception cref="OperationCanceledException">The caller's token was cancelled.</exception>
    public async Task<string?> FindAsync(ZoneServers zone, string name, CancellationToken cancellationToken)
    {
        foreach (var server in zone.Servers.Take(MostAsked))
        {
            try
            {
                var response = await _questions.AskAsync(server.EndPoint, name, QueryType.NS, Patience, cancellationToken);
                if (Read(response, zone.Zone, name, out var cut))
                {
                    return cut;
                }
            }
            catch (Exception exception) when (exception is not OutOfMemoryException && !cancellationToken.IsCancellationRequested)
            {
                // Another may answer.
            }
        }

        return null;
    }

    // A referral names the cut itself; a server of both zones answers from the lower one, whose SOA comes with what is not there (RFC 2308 §3).
    private static bool Read(IDnsQueryResponse response, string zone, string name, out string? cut)
    {
        cut = response.Answers.OfType<NsRecord>().Cast<DnsResourceRecord>().Concat(response.Authorities.Where(record => record is NsRecord or SoaRecord))
            .Select(record => record.DomainName.Value.TrimEnd('.').ToLowerInvariant())
            .Where(owner => DomainNames.IsAtOrBelow(owner, zone) && owner != zone && DomainNames.IsAtOrBelow(name, owner))
            .MinBy(owner => owner.Length);
        return cut is not null || response.Header.HasAuthorityAnswer;
    }
}
