using MtaSts.Host.Data;

namespace MtaSts.Host.Certificates.LocalCa;

/// <summary>
/// Stores behind the back of <see cref="LocalCaUpkeep"/> what it made and dropped, in batches: a new domain waits neither for the disk nor
/// for a store that is away. What is lost by a crash is made again.
/// </summary>
internal sealed partial class LateSaving : BackgroundService
{
    private const int Batch = 500;

    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private readonly CertificateStore _store;
    private readonly TlsMetrics _metrics;
    private readonly TimeProvider _clock;
    private readonly ILogger<LateSaving> _logger;
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _work = new(0);

    // Null: the host's row is to go. The last word on a host counts.
    private readonly Dictionary<string, HostCertificate?> _waiting = [];

    public LateSaving(CertificateStore store, TlsMetrics metrics, TimeProvider clock, ILogger<LateSaving> logger)
    {
        _store = store;
        _metrics = metrics;
        _clock = clock;
        _logger = logger;
        metrics.ObserveUnsaved(() => Count);
    }

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _waiting.Count;
            }
        }
    }

    public void Save(HostCertificate certificate) => Add(certificate.Host, certificate);

    public void Delete(string host) => Add(host, null);

    public override void Dispose()
    {
        _work.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pause = TimeSpan.Zero;
        while (true)
        {
            await _work.WaitAsync(stoppingToken);
            while (Count > 0)
            {
                try
                {
                    await SaveBatchAsync(stoppingToken);
                    if (pause > TimeSpan.Zero)
                    {
                        pause = TimeSpan.Zero;
                        Log.SavingAgain(_logger);
                    }
                }
                catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
                {
                    _metrics.Failures.Add(1);
                    if (pause == TimeSpan.Zero)
                    {
                        Log.SaveFailed(_logger, Count, StoreFaults.Tell(exception));
                    }

                    pause = pause == TimeSpan.Zero ? ShortestPause : TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks));
                    await Task.Delay(pause, _clock, stoppingToken);
                }
            }
        }
    }

    private async Task SaveBatchAsync(CancellationToken cancellationToken)
    {
        KeyValuePair<string, HostCertificate?>[] batch;
        lock (_gate)
        {
            batch = [.. _waiting.Take(Batch)];
        }

        var gone = batch.Where(entry => entry.Value is null).Select(entry => entry.Key).ToList();
        if (gone.Count > 0)
        {
            await _store.DeleteAsync(gone, cancellationToken);
        }

        var made = batch.Where(entry => entry.Value is not null).Select(entry => entry.Value!).ToList();
        if (made.Count > 0)
        {
            await _store.SaveAsync(made, cancellationToken);
        }

        lock (_gate)
        {
            foreach (var (host, saved) in batch)
            {
                // What came in the meantime stays for the next batch.
                if (_waiting.TryGetValue(host, out var present) && present == saved)
                {
                    _waiting.Remove(host);
                }
            }
        }
    }

    private void Add(string host, HostCertificate? certificate)
    {
        lock (_gate)
        {
            _waiting[host] = certificate;
            if (_work.CurrentCount == 0)
            {
                _work.Release();
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(430, LogLevel.Warning, "{Count} certificates of the local CA are served but not stored yet, it is tried again: {Reason}")]
        public static partial void SaveFailed(ILogger logger, int count, string reason);

        [LoggerMessage(431, LogLevel.Information, "Certificates of the local CA can be stored again")]
        public static partial void SavingAgain(ILogger logger);
    }
}
