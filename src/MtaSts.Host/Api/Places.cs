namespace MtaSts.Host.Api;

/// <summary>Places for work that people ask for and that takes its time: a bounded number, of which no tenant gets so many that the others have none. Safe from all threads.</summary>
/// <param name="most">All together.</param>
/// <param name="each">For one tenant.</param>
internal class Places(int most, int each) : IDisposable
{
    private readonly SemaphoreSlim _all = new(most, most);
    private readonly Turns<int> _ofTenants = new(each);

    /// <summary>How long somebody waits for a place.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromSeconds(10);

    /// <param name="tenantId">Whose request it is; null: the provider's, who may take all.</param>
    /// <param name="cancellationToken">Of whoever asks.</param>
    /// <returns>To be disposed of when the work is done; null: none became free in time.</returns>
    /// <exception cref="OperationCanceledException">The caller's token was cancelled.</exception>
    public async Task<IDisposable?> TryEnterAsync(int? tenantId, CancellationToken cancellationToken)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(LongestWait);
        IDisposable? turn = null;
        try
        {
            turn = tenantId is { } id ? await _ofTenants.EnterAsync(id, bound.Token) : null;
            if (!_all.Wait(0, CancellationToken.None))
            {
                await _all.WaitAsync(bound.Token);
            }

            return new Place(_all, turn);
        }
        catch (OperationCanceledException)
        {
            turn?.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
            return null;
        }
    }

    /// <summary>The same without a wait, for work that can be done later as well.</summary>
    /// <returns>Null: none is free.</returns>
    public IDisposable? TryEnter(int tenantId)
    {
        if (_ofTenants.TryEnter(tenantId) is not { } turn)
        {
            return null;
        }

        if (_all.Wait(0, CancellationToken.None))
        {
            return new Place(_all, turn);
        }

        turn.Dispose();
        return null;
    }

    public void Dispose() => _all.Dispose();

    private sealed class Place(SemaphoreSlim all, IDisposable? turn) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
            {
                all.Release();
                turn?.Dispose();
            }
        }
    }
}
