namespace MtaSts.Host.Checks.Watching;

/// <summary>
/// Is it our own network that fails? When nearly all domains that the watch checked last have become silent, of several tenants and at places of their own, what may be our network's
/// doing waits, for a bounded time. Safe from all threads.
/// </summary>
internal sealed partial class OwnSide(TimeProvider clock, ILogger<OwnSide> logger)
{
    /// <summary>Domains of so many tenants must have become silent, where the store has so many.</summary>
    public const int Tenants = 3;

    private const int MostLooks = 20;
    private const int FewestLooks = 10;
    private const double Share = 0.8;

    // Domains of one provider that is down have few places: they are really down.
    private const int FewestPlaces = 5;

    private static readonly TimeSpan LookCounts = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan LongestHold = TimeSpan.FromHours(2);

    private readonly Lock _lock = new();
    private readonly List<Look> _last = [];
    private DateTimeOffset? _since;
    private DateTimeOffset? _spentAt;

    /// <summary>Since when what checks say waits; null: it does not.</summary>
    public DateTimeOffset? Since
    {
        get
        {
            lock (_lock)
            {
                var now = clock.GetUtcNow();
                return _last.Count > 0 && _last[^1].At > now - LookCounts && _since > now - LongestHold ? _since : null;
            }
        }
    }

    /// <summary>Notes a check of the watch. Those that people ask for are not noted: whoever asks often would count for more.</summary>
    /// <param name="domainId">Of one domain the last check counts.</param>
    /// <param name="tenantId">Of one tenant a part of the last checks counts: he may have any number of dead domains.</param>
    /// <param name="silence">What did not answer, and of which nobody has been told yet.</param>
    /// <param name="tenants">How many tenants the store has domains of; more than <see cref="Tenants"/> make no difference.</param>
    public void Note(long domainId, int tenantId, Silence silence, int tenants)
    {
        lock (_lock)
        {
            var now = clock.GetUtcNow();
            var needed = Math.Clamp(tenants, 1, Tenants);
            _last.RemoveAll(look => look.DomainId == domainId || look.At <= now - LookCounts || look.At > now + LookCounts);
            _last.Add(new Look(domainId, tenantId, now, silence));
            var most = (MostLooks + needed - 1) / needed;
            if (_last.Count(look => look.TenantId == tenantId) > most)
            {
                _last.Remove(_last.First(look => look.TenantId == tenantId));
            }

            if (_last.Count > MostLooks)
            {
                _last.RemoveAt(0);
            }

            Turn(IsOurs(needed), now);
        }
    }

    private bool IsOurs(int needed)
    {
        var byTenant = _last.GroupBy(look => look.TenantId).Select(IsNearlyAll).ToList();
        return _last.Count >= FewestLooks && IsNearlyAll(_last)
            && byTenant.Count(isSilent => isSilent) >= Math.Max(needed, Share * byTenant.Count)
            && _last.SelectMany(look => look.Silence.Names).Distinct().Take(FewestPlaces).Count() == FewestPlaces
            // Known where look-ups succeed: then it is connections that fail.
            && _last.SelectMany(look => look.Silence.Networks).Distinct().Count() is 0 or >= FewestPlaces;
    }

    private static bool IsNearlyAll(IEnumerable<Look> looks) => looks.Average(look => look.Silence.Names.Count > 0 ? 1 : 0.0) >= Share;

    private void Turn(bool isOurs, DateTimeOffset now)
    {
        if (_since > now)
        {
            // Of a clock that was ahead.
            _since = now;
        }

        if (_since is { } since && (!isOurs || now - since >= LongestHold))
        {
            _since = null;
            _spentAt = isOurs ? now : null;
            if (isOurs)
            {
                Log.Spent(logger, since);
            }
            else
            {
                Log.Ended(logger, since);
            }
        }
        else if (_since is null && isOurs && !(_spentAt > now - LongestHold && _spentAt <= now))
        {
            (_since, _spentAt) = (now, null);
            Log.Began(logger, _last.Count);
        }
    }

    private sealed record Look(long DomainId, int TenantId, DateTimeOffset At, Silence Silence);

    private static partial class Log
    {
        [LoggerMessage(816, LogLevel.Error, "Nearly all of the last {Count} domains that were checked do not answer: this node's own network or resolver is taken to be at fault, and what they say of silence waits")]
        public static partial void Began(ILogger logger, int count);

        [LoggerMessage(813, LogLevel.Information, "Checks reach domains again, after what began at {Since:u}")]
        public static partial void Ended(ILogger logger, DateTimeOffset since);

        [LoggerMessage(815, LogLevel.Error, "Nearly no domain has answered since {Since:u}: what checks say of silence waits no longer")]
        public static partial void Spent(ILogger logger, DateTimeOffset since);
    }
}
