using System.Collections.Concurrent;
using MtaSts.Host.Data;

namespace MtaSts.Host.Checks.Overview;

/// <summary>The overview of all domains, or of a tenant's, counted at most once in some seconds however many ask. Safe from all threads.</summary>
internal sealed class OverviewAnswers(Store store, TimeProvider clock)
{
    private const int Most = 1000;

    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(5);

    // A tenant's id; 0: all.
    private readonly ConcurrentDictionary<int, Answer> _answers = new();

    /// <param name="tenantId">Null: all.</param>
    /// <param name="cancellationToken">Ends the wait; others may wait for the same.</param>
    /// <exception cref="System.Data.Common.DbException">The store is away.</exception>
    public Task<OverviewResource> ReadAsync(int? tenantId, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var key = tenantId ?? 0;
        if (_answers.TryGetValue(key, out var known) && IsUsable(known, now))
        {
            return known.Resource.Value.WaitAsync(cancellationToken);
        }

        if (_answers.Count >= Most)
        {
            _answers.Clear();
        }

        var mine = new Answer(now, new Lazy<Task<OverviewResource>>(() => CountAsync(tenantId, now)));
        var added = _answers.AddOrUpdate(key, mine, (_, present) => IsUsable(present, now) ? present : mine);
        return added.Resource.Value.WaitAsync(cancellationToken);
    }

    // What is being counted is waited for, however long it takes. What failed is kept for nobody.
    private static bool IsUsable(Answer answer, DateTimeOffset now) =>
        !(answer.Resource is { IsValueCreated: true, Value.IsCompleted: true }) || (answer.Resource.Value.IsCompletedSuccessfully && (now - answer.At).Duration() < Kept);

    private async Task<OverviewResource> CountAsync(int? tenantId, DateTimeOffset now)
    {
        await using var db = store.Open();
        return await OverviewQueries.ReadAsync(db, tenantId, now, CancellationToken.None);
    }

    private sealed record Answer(DateTimeOffset At, Lazy<Task<OverviewResource>> Resource);
}
