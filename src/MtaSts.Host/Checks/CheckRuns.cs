using System.Collections.Concurrent;
using MtaSts.Host.Api;
using MtaSts.Host.Checks.Mail;
using MtaSts.Host.Checks.Records;

namespace MtaSts.Host.Checks;

/// <summary>
/// Runs checks: a bounded number at once, one of each domain, which all who ask for it meanwhile get. A check goes on when whoever asked has gone. Safe from all
/// threads.
/// </summary>
internal sealed class CheckRuns(DomainCheck check) : IDisposable
{
    /// <summary>As many at once for people; the watch has places of its own, so that neither keeps the other out.</summary>
    public const int AtOnce = 16;

    /// <summary>Of them for one tenant.</summary>
    public const int AtOnceEach = 4;

    private readonly Places _places = new(AtOnce, AtOnceEach);
    private readonly ConcurrentDictionary<(string Domain, string? OwnId, SeenWithin Within), Lazy<Task<CheckReport>>> _running = new();

    /// <summary>Checks end by themselves before that.</summary>
    public TimeSpan Longest { get; init; } = TimeSpan.FromMinutes(2);

    /// <param name="domain">Any.</param>
    /// <param name="ours">What is served here for it; null: nothing.</param>
    /// <param name="tenantId">Who asks; null: the provider.</param>
    /// <param name="cancellationToken">Of whoever asks.</param>
    /// <returns>Null: there are too many at once.</returns>
    /// <exception cref="OperationCanceledException">The caller's token was cancelled, or the check took too long.</exception>
    public async Task<CheckReport?> RunAsync(MailDomain domain, OwnPolicy? ours, int? tenantId, CancellationToken cancellationToken)
    {
        // What the watch is at may come from visits of some time ago: whoever asks wants the present.
        var key = (domain.Name, ours?.PolicyId, SeenWithin.Now);
        if (_running.TryGetValue(key, out var running))
        {
            return await running.Value.WaitAsync(cancellationToken);
        }

        if (await _places.TryEnterAsync(tenantId, cancellationToken) is not { } place)
        {
            return null;
        }

        // Two that come at the same moment: one of them gives its place back.
        var mine = new Lazy<Task<CheckReport>>(() => RunToEndAsync(domain, ours, key, place));
        var added = _running.GetOrAdd(key, mine);
        if (added != mine)
        {
            place.Dispose();
        }

        return await added.Value.WaitAsync(cancellationToken);
    }

    /// <summary>For the watch, which bounds by itself how many run at once.</summary>
    /// <exception cref="OperationCanceledException">The caller's token was cancelled, or the check took too long.</exception>
    public Task<CheckReport> WatchAsync(MailDomain domain, OwnPolicy ours, CancellationToken cancellationToken)
    {
        var key = (domain.Name, (string?)ours.PolicyId, SeenWithin.Watch);
        return _running.GetOrAdd(key, _ => new Lazy<Task<CheckReport>>(() => RunToEndAsync(domain, ours, key, place: null))).Value.WaitAsync(cancellationToken);
    }

    public void Dispose() => _places.Dispose();

    private async Task<CheckReport> RunToEndAsync(MailDomain domain, OwnPolicy? ours, (string, string?, SeenWithin Within) key, IDisposable? place)
    {
        try
        {
            using var bound = new CancellationTokenSource(Longest);
            return await check.RunAsync(domain, ours, key.Within, bound.Token).WaitAsync(bound.Token);
        }
        finally
        {
            _running.TryRemove(key, out _);
            place?.Dispose();
        }
    }
}
