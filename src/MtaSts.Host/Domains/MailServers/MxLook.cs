using System.Globalization;
using MtaSts.Host.Lookups;

namespace MtaSts.Host.Domains.MailServers;

/// <summary>
/// Asks for the MX records of a domain: the resolver, and the servers of the zone themselves. A policy is what protects senders from DNS that somebody has
/// tampered with (RFC 8461 §10.1), so no single answer makes it wider. But the servers of the zone are found by the same resolver, anew at each look: one that lies
/// throughout can name false ones, and DNSSEC is for the resolver to validate. Never throws for what DNS says. Safe from all threads.
/// </summary>
internal sealed class MxLook(Resolver resolver, AuthoritativeServers authorities, AuthoritativeLook authoritative, TimeProvider clock)
{
    /// <summary>RFC 2181 §8 allows 68 years; resolvers keep nothing for longer than a week.</summary>
    private static readonly TimeSpan LongestTtl = TimeSpan.FromDays(7);

    /// <summary>For everything together: with slow servers on a long chain of CNAMEs each answer in time adds up to minutes.</summary>
    public TimeSpan Longest { get; init; } = TimeSpan.FromSeconds(30);

    /// <param name="domain">Lower-case A-labels, no final dot.</param>
    /// <param name="cancellationToken">Of whoever asks.</param>
    /// <exception cref="OperationCanceledException">The caller's token was cancelled.</exception>
    public async Task<MxSeen> LookAsync(string domain, CancellationToken cancellationToken)
    {
        var at = clock.GetUtcNow();
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(Longest);
        try
        {
            return await LookAsync(domain, at, bound.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return MxSeen.Unusable(domain, at, MxCodes.Dns, $"The MX records of {domain} could not be looked up within {Longest.TotalSeconds:0} seconds: its servers are too slow.");
        }
    }

    private async Task<MxSeen> LookAsync(string domain, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var found = await resolver.FindMailServersAsync(domain, cancellationToken);
        if (found.IsEmpty)
        {
            // Senders would take the domain itself (RFC 5321 §5.1); a policy is not built upon what is not there.
            return MxSeen.Unusable(domain, at, MxCodes.None, $"{domain} has no MX records.", "RFC 5321 5.1");
        }

        if (found.Outcome != LookupOutcome.Answer)
        {
            return MxSeen.Unusable(domain, at, MxCodes.Dns, $"The MX records of {domain} could not be looked up: {found.Outcome}.");
        }

        if (Refuse(domain, at, found.Records) is { } refused)
        {
            return refused;
        }

        var (servers, silent, ttl) = await AuthoritiesAsync(domain, cancellationToken);
        if (servers.Count == 0)
        {
            return MxSeen.Unusable(domain, at, MxCodes.NoAuthority, $"No name server of {domain} says itself which MX records there are; a resolver's word alone is not enough.");
        }

        var whole = servers.SelectMany(server => server).ToList();
        if (whole.Count > 0 && Refuse(domain, at, whole) is { } refusedThere)
        {
            return refusedThere;
        }

        List<MailExchange> exchanges = [.. found.Records.GroupBy(exchange => exchange.Name).Select(same => same.MinBy(exchange => exchange.Preference)!)
            .OrderBy(exchange => exchange.Preference).ThenBy(exchange => exchange.Name, StringComparer.Ordinal)];
        var names = exchanges.Select(exchange => exchange.Name).ToList();
        return new MxSeen(
            domain,
            at,
            exchanges,
            [.. names.Where(name => servers.All(server => server.Any(exchange => exchange.Name == name)))],
            [.. names.Concat(whole.Select(exchange => exchange.Name)).Distinct(StringComparer.Ordinal)],
            ttl,
            null)
        {
            Silent = silent,
        };
    }

    private static MxSeen? Refuse(string domain, DateTimeOffset at, IReadOnlyList<MailExchange> exchanges)
    {
        var names = exchanges.Select(exchange => exchange.Name).Distinct(StringComparer.Ordinal).ToList();
        if (names.Contains(""))
        {
            return MxSeen.Unusable(domain, at, MxCodes.Null, $"The MX record of {domain} says that it takes no mail.", "RFC 7505 3");
        }

        if (names.Count > DomainRules.MostPatterns)
        {
            return MxSeen.Unusable(domain, at, MxCodes.TooMany, $"{domain} has {names.Count} mail servers; a policy may have {DomainRules.MostPatterns} patterns.");
        }

        // The name itself is not repeated: it may hold anything.
        return names.All(name => MxPatterns.TryHost(name, out _))
            ? null
            : MxSeen.Unusable(domain, at, MxCodes.Name, $"An MX record of {domain} holds what is no host name, such as an IP address or an underscore; no policy can name it.", "RFC 8461 3.2");
    }

    // What each server of the zone says; those that say nothing, and those that do not serve it, are silent.
    private async Task<(IReadOnlyList<IReadOnlyList<MailExchange>> Servers, IReadOnlyList<string> Silent, TimeSpan Ttl)> AuthoritiesAsync(string domain, CancellationToken cancellationToken)
    {
        var name = domain;
        var silent = new SortedSet<string>(StringComparer.Ordinal);
        var seconds = 0;
        for (var step = 0; step <= Resolver.MostAliases; step++)
        {
            var zone = await authorities.FindFreshAsync(name, cancellationToken);
            var answers = await authoritative.AskAllAsync(zone, name, "MX", cancellationToken);
            var words = answers.Where(answer => answer.IsWord).ToList();
            // One of a server's addresses is enough: not every host has IPv6.
            silent.UnionWith(answers.Select(answer => answer.Server.Name).Concat(zone.Missing).Except(words.Select(answer => answer.Server.Name)));
            // A chain holds for as long as the slowest of its links.
            seconds = words.SelectMany(answer => new[] { answer.Ttl, answer.AliasTtl }).Append(seconds).Max(one => one < 0 ? int.MaxValue : one);
            if (words.Count > 0 && words[0].Alias is { } alias && words.All(answer => answer.Alias == alias))
            {
                name = alias;
                continue;
            }

            var ttl = TimeSpan.FromSeconds(seconds);
            return ([.. words.Select(answer => (IReadOnlyList<MailExchange>)[.. answer.Data.Select(Read)])], [.. silent], ttl > LongestTtl ? LongestTtl : ttl);
        }

        return ([], [], TimeSpan.Zero);
    }

    private static MailExchange Read(string data)
    {
        var space = data.IndexOf(' ', StringComparison.Ordinal);
        return new MailExchange(int.Parse(data.AsSpan(0, space), CultureInfo.InvariantCulture), data[(space + 1)..].TrimEnd('.'));
    }
}
