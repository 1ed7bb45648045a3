namespace MtaSts.Host.Checks.Watching;

/// <summary>
/// Is it our own network that fails? When nearly all domains that were checked last have become silent, each of them at a place of its own, what their checks say waits. Safe
/// from all threads.
/// </summary>
internal sealed partial class OwnSide(TimeProvider clock, ILogger<OwnSide> logger)
{
    private const int Looks = 20;
    private const double Share = 0.8;

    // Domains of one provider that is down have few places: they are really down.
    private const int FewestPlaces = 5;

    private static readonly TimeSpan LookCounts = TimeSpan.FromMinutes(30);

    private readonly Lock _lock = new();
    private readonly List<Look> _last = [];
    private DateTimeOffset? _since;

    /// <summary>Since when it has been; null: it is not.</summary>
    public DateTimeOffset? Since
    {
        get
        {
            lock (_lock)
            {
                return _last.Count > 0 && _last[^1].At > clock.GetUtcNow() - LookCounts ? _since : null;
            }
        }
    }

    /// <summary>Notes a check.</summary>
    /// <param name="domainId">Of one domain the last check counts.</param>
    /// <param name="silent">Names and addresses that did not answer, and of which nobody has been told yet.</param>
    /// <returns>Whether what it says has to wait.</returns>
    public bool Holds(long domainId, IReadOnlyCollection<string> silent)
    {
        lock (_lock)
        {
            var now = clock.GetUtcNow();
            _last.RemoveAll(look => look.DomainId == domainId || look.At <= now - LookCounts || look.At > now + LookCounts);
            _last.Add(new Look(domainId, now, silent));
            if (_last.Count > Looks)
            {
                _last.RemoveAt(0);
            }

            var isOurs = _last.Count == Looks && _last.Count(look => look.Silent.Count > 0) >= Share * Looks && _last.SelectMany(look => look.Silent).Distinct().Take(FewestPlaces).Count() == FewestPlaces;
            if (isOurs && _since is null)
            {
                _since = now;
                Log.Began(logger, Looks);
            }
            else if (!isOurs && _since is { } since)
            {
                _since = null;
                Log.Ended(logger, since);
            }

            return isOurs && silent.Count > 0;
        }
    }

    private sealed record Look(long DomainId, DateTimeOffset At, IReadOnlyCollection<string> Silent);

    private static partial class Log
    {
        [LoggerMessage(812, LogLevel.Error, "Nearly all of the last {Count} domains that were checked do not answer: this node's own network or resolver is taken to be at fault, and what these checks say waits")]
        public static partial void Began(ILogger logger, int count);

        [LoggerMessage(813, LogLevel.Information, "Checks reach domains again, after what began at {Since:u}")]
        public static partial void Ended(ILogger logger, DateTimeOffset since);
    }
}
