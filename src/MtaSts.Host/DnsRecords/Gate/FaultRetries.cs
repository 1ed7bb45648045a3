using System.Collections.Concurrent;

namespace MtaSts.Host.DnsRecords.Gate;

/// <summary>When each domain with a fault is fetched again. For one thread, but for <see cref="CertificateCame"/>.</summary>
internal sealed class FaultRetries(TimeProvider clock)
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    // In a bulk a CA takes weeks, and a certificate that comes is told.
    private static readonly TimeSpan LongestPauseForCertificate = TimeSpan.FromHours(1);

    private readonly Dictionary<long, Retry> _retries = [];
    private readonly Dictionary<string, long> _byHost = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentQueue<string> _ready = new();

    private sealed record Retry(string? Host, DateTimeOffset DueAt, TimeSpan Pause);

    /// <summary>Until the next one is due; zero when one is, infinite without any.</summary>
    public TimeSpan Rest
    {
        get
        {
            if (_retries.Count == 0)
            {
                return Timeout.InfiniteTimeSpan;
            }

            var rest = _retries.Values.Min(retry => retry.DueAt) - clock.GetUtcNow();
            return rest < TimeSpan.Zero ? TimeSpan.Zero : rest;
        }
    }

    /// <summary>From any thread.</summary>
    public void CertificateCame(string policyHost) => _ready.Enqueue(policyHost);

    /// <summary>The domains that are due, those of a certificate that has come among them.</summary>
    public IReadOnlyList<long> Due(int atMost)
    {
        var now = clock.GetUtcNow();
        while (_ready.TryDequeue(out var host))
        {
            if (_byHost.TryGetValue(host, out var domainId))
            {
                _retries[domainId] = _retries[domainId] with { DueAt = now };
            }
        }

        return [.. _retries.Where(retry => retry.Value.DueAt <= now).OrderBy(retry => retry.Value.DueAt).Take(atMost).Select(retry => retry.Key)];
    }

    /// <summary>At once, for the first time.</summary>
    public void AddDue(long domainId) => _retries[domainId] = new Retry(_retries.GetValueOrDefault(domainId)?.Host, clock.GetUtcNow(), TimeSpan.Zero);

    public void Failed(long domainId, string host, string code)
    {
        var longest = code.StartsWith(GateRules.CertificateFaults, StringComparison.Ordinal) ? LongestPauseForCertificate : LongestPause;
        var before = _retries.GetValueOrDefault(domainId)?.Pause ?? TimeSpan.Zero;
        var pause = TimeSpan.FromTicks(Math.Clamp(before.Ticks * 2, ShortestPause.Ticks, longest.Ticks));
        _retries[domainId] = new Retry(host, clock.GetUtcNow() + pause, pause);
        _byHost[host] = domainId;
    }

    public void Remove(long domainId)
    {
        if (_retries.Remove(domainId, out var retry) && retry.Host is not null && _byHost.GetValueOrDefault(retry.Host) == domainId)
        {
            _byHost.Remove(retry.Host);
        }
    }
}
