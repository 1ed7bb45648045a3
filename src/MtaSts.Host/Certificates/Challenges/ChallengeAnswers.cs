using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Certificates.Challenges;

/// <summary>
/// The answers to open challenges: whichever node a CA reaches gives them (RFC 8555 §8). What this node put is given from memory, also while
/// the store is away. Safe from all threads.
/// </summary>
internal sealed class ChallengeAnswers(Store store, StoredAnswers stored, TimeProvider clock)
{
    // One validation asks from several places within seconds. Only what was found is taken from memory, never that nothing was.
    private static readonly TimeSpan BelievedFor = TimeSpan.FromSeconds(10);

    // As long as CAs wait for an answer; and so that of the 5 s of a handshake some are left for the alert.
    private static readonly TimeSpan LongestHttpWait = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestTlsWait = TimeSpan.FromSeconds(4);

    private readonly ConcurrentDictionary<(string Host, string Token), OpenAnswer> _own = new();

    /// <summary>
    /// When it returns, every node gives the answer. Takes the place of an earlier one for the host and token.
    /// </summary>
    /// <param name="host">The policy host, lower case, A-labels.</param>
    /// <param name="token">The challenge's.</param>
    /// <param name="type">One of <see cref="OpenAnswer"/>'s constants.</param>
    /// <param name="keyAuthorization">RFC 8555 §8.1, for each type.</param>
    /// <param name="lifetime">Then it goes by itself, should nobody be there to remove it.</param>
    /// <param name="cancellationToken">Before it is stored, nothing is answered.</param>
    /// <exception cref="ArgumentException">Not a policy host, or not a token: such an answer would never be given.</exception>
    /// <exception cref="System.Data.Common.DbException">The store is away; there is no answer, on this node neither.</exception>
    public async Task PutAsync(string host, string token, string type, string keyAuthorization, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        if (!OpenAnswer.IsPolicyHost(host) || !OpenAnswer.IsToken(token))
        {
            throw new ArgumentException($"{host} is no policy host, or the token is not 22 to 128 letters of base64url.");
        }

        var now = clock.GetUtcNow();
        var answer = new OpenAnswer(host, token, type, keyAuthorization, now, now + lifetime);
        try
        {
            await SaveAsync(answer, cancellationToken);
        }
        catch (DbUpdateException)
        {
            // Another node put the same one at the same moment: now the row is there.
            await SaveAsync(answer, cancellationToken);
        }

        _own[(host, token)] = answer;
    }

    /// <summary>Other nodes may give the answer for some seconds still. Not to be there is no mistake.</summary>
    /// <exception cref="System.Data.Common.DbException">The store is away; the answer goes by itself when its lifetime is over.</exception>
    public async Task RemoveAsync(string host, string token, CancellationToken cancellationToken)
    {
        _own.TryRemove((host, token), out _);
        await store.WriteAsideAsync(
            db => db.ChallengeAnswers.Where(row => row.HostName == host && row.Token == token).ExecuteDeleteAsync(cancellationToken),
            cancellationToken);
        stored.Forget();
    }

    /// <summary>The key authorization for http-01 (§8.3); null when no such challenge is open.</summary>
    /// <param name="host">In any case, without port and final dot; may be anything.</param>
    /// <param name="token">May be anything.</param>
    /// <param name="cancellationToken">Ends the waiting, not the look at the store.</param>
    /// <exception cref="Exception">The store was needed and is away (<see cref="StoreFaults.IsAway"/>).</exception>
    public async ValueTask<string?> FindHttpAsync(string host, string token, CancellationToken cancellationToken)
    {
        if (!OpenAnswer.IsPolicyHost(host) || !OpenAnswer.IsToken(token))
        {
            return null;
        }

        var answer = Find(host, token) ?? Find(await stored.ReadAsync(LongestHttpWait, cancellationToken), host, token);
        return answer?.KeyAuthorization;
    }

    /// <summary>The key authorization for tls-alpn-01 (RFC 8737 §3), the newest when several are open; null when none is.</summary>
    /// <param name="host">In any case, without final dot; may be anything.</param>
    /// <param name="cancellationToken">Ends the waiting, not the look at the store.</param>
    /// <exception cref="Exception">The store was needed and is away (<see cref="StoreFaults.IsAway"/>).</exception>
    public async ValueTask<string?> FindTlsAlpnAsync(string host, CancellationToken cancellationToken)
    {
        if (!OpenAnswer.IsPolicyHost(host))
        {
            return null;
        }

        // Nothing in the handshake says which challenge is meant, so one that another node put since must not be missed.
        var own = Newest(_own.Values.Where(answer => answer.Host.Equals(host, StringComparison.OrdinalIgnoreCase)));
        if (own is not null && clock.GetUtcNow() - own.CreatedAt < BelievedFor)
        {
            return own.KeyAuthorization;
        }

        AnswerLook look;
        try
        {
            look = stored.Last is { } last && last.IsFresh(clock, BelievedFor) && Newest(last.Of(host)) is not null ? last : await stored.ReadAsync(LongestTlsWait, cancellationToken);
        }
        catch (Exception exception) when (own is not null && StoreFaults.IsAway(exception))
        {
            return own.KeyAuthorization;
        }

        return Newest(own is null ? look.Of(host) : look.Of(host).Append(own))?.KeyAuthorization;
    }

    /// <summary>Does every authoritative server give the record of this dns-01 challenge (RFC 8555 §8.4)? DNS publication notes it in the row.</summary>
    public async Task<bool> IsInDnsAsync(string host, string token, CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        return await db.ChallengeAnswers.AnyAsync(row => row.HostName == host && row.Token == token && row.InDnsSince != null, cancellationToken);
    }

    /// <summary>Deletes what has expired.</summary>
    /// <returns>How many of the store.</returns>
    public async Task<int> DeleteExpiredAsync(int most, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        foreach (var (key, _) in _own.Where(entry => !entry.Value.IsOpen(now)))
        {
            _own.TryRemove(key, out _);
        }

        await using (var db = store.Open())
        {
            if (!await db.ChallengeAnswers.AnyAsync(row => row.ExpiresAt <= now, cancellationToken))
            {
                return 0;
            }
        }

        var deleted = 0;
        await store.WriteAsideAsync(
            async db => deleted = await db.ChallengeAnswers.Where(row => row.ExpiresAt <= now).OrderBy(row => row.ExpiresAt).Take(most).ExecuteDeleteAsync(cancellationToken),
            cancellationToken);
        return deleted;
    }

    private OpenAnswer? Find(string host, string token)
    {
        if (_own.TryGetValue((host.ToLowerInvariant(), token), out var own) && own.IsOpen(clock.GetUtcNow()))
        {
            return own.Type == OpenAnswer.Http ? own : null;
        }

        var last = stored.Last;
        return last.IsFresh(clock, BelievedFor) ? Find(last, host, token) : null;
    }

    private OpenAnswer? Find(AnswerLook look, string host, string token) =>
        look.Of(host).FirstOrDefault(answer => answer.Type == OpenAnswer.Http && answer.Token == token && answer.IsOpen(clock.GetUtcNow()));

    private OpenAnswer? Newest(IEnumerable<OpenAnswer> answers)
    {
        var now = clock.GetUtcNow();
        return answers.Where(answer => answer.Type == OpenAnswer.TlsAlpn && answer.IsOpen(now)).MaxBy(answer => answer.CreatedAt);
    }

    private Task SaveAsync(OpenAnswer answer, CancellationToken cancellationToken) => store.WriteAsideAsync(
        async db =>
        {
            var row = await db.ChallengeAnswers.AsTracking().SingleOrDefaultAsync(row => row.HostName == answer.Host && row.Token == answer.Token, cancellationToken);
            if (row is null)
            {
                db.ChallengeAnswers.Add(row = new ChallengeAnswer { HostName = answer.Host, Token = answer.Token, Type = answer.Type, KeyAuthorization = answer.KeyAuthorization });
            }
            else if (row.KeyAuthorization != answer.KeyAuthorization || row.Type != answer.Type)
            {
                // What stands in the DNS is the answer from before.
                (row.Type, row.KeyAuthorization, row.InDnsSince) = (answer.Type, answer.KeyAuthorization, null);
            }

            (row.CreatedAt, row.ExpiresAt) = (answer.CreatedAt, answer.ExpiresAt);
        },
        cancellationToken);
}
