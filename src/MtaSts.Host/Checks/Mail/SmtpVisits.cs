using System.Net;
using Microsoft.Extensions.Caching.Memory;

namespace MtaSts.Host.Checks.Mail;

/// <summary>What checks have seen at mail servers a short time ago, for others that come to the same address under the same name. Bounded; safe from all threads.</summary>
internal sealed class SmtpVisits(SmtpLook smtp, TimeProvider clock) : IDisposable
{
    private const int Most = 20_000;

    private readonly MemoryCache _seen = new(new MemoryCacheOptions { SizeLimit = Most });

    /// <param name="address">Has been judged: it is connected to as it is.</param>
    /// <param name="host">The name in the MX record.</param>
    /// <param name="within">How old it may be.</param>
    /// <param name="cancellationToken">Ends the wait, and a visit of this caller's own.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task<MailAddress> LookAsync(IPAddress address, string host, SeenWithin within, CancellationToken cancellationToken)
    {
        if (within == SeenWithin.Now)
        {
            return await smtp.LookAsync(address, host, cancellationToken);
        }

        if (_seen.TryGetValue((address, host), out Visit? visit) && await IsUsableAsync(visit!, host, within, cancellationToken))
        {
            return await visit!.Look.Value;
        }

        // It goes on when whoever began it has gone: others may wait for it. Its own limits end it.
        var mine = new Visit(clock.GetUtcNow(), new Lazy<Task<MailAddress>>(() => smtp.LookAsync(address, host, CancellationToken.None)));
        _seen.Set((address, host), mine, new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = within.Good });
        return await mine.Look.Value.WaitAsync(cancellationToken);
    }

    public void Dispose() => _seen.Dispose();

    private async Task<bool> IsUsableAsync(Visit visit, string host, SeenWithin within, CancellationToken cancellationToken)
    {
        var isRunning = !visit.Look.Value.IsCompleted;
        var seen = await visit.Look.Value.WaitAsync(cancellationToken);
        var now = clock.GetUtcNow();
        return isRunning || now - visit.BegunAt <= (AddressRules.Find(host, seen, now).Count == 0 ? within.Good : within.Bad);
    }

    private sealed record Visit(DateTimeOffset BegunAt, Lazy<Task<MailAddress>> Look);
}
