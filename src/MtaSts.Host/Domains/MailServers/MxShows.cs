namespace MtaSts.Host.Domains.MailServers;

/// <summary>Looks for people who ask what DNS would make of a domain: a bounded number at once. Safe from all threads.</summary>
internal sealed class MxShows(MxLook look) : IDisposable
{
    public const int AtOnce = 16;

    private readonly SemaphoreSlim _places = new(AtOnce);

    /// <summary>How long somebody waits for a place.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromSeconds(10);

    /// <returns>Null: there are too many at once.</returns>
    public async Task<MxSeen?> LookAsync(string domain, CancellationToken cancellationToken)
    {
        if (!await _places.WaitAsync(LongestWait, cancellationToken))
        {
            return null;
        }

        try
        {
            return await look.LookAsync(domain, cancellationToken);
        }
        finally
        {
            _places.Release();
        }
    }

    public void Dispose() => _places.Dispose();
}
