using System.Net.Security;

namespace MtaSts.Host.Certificates;

/// <summary>One TLS context with the count of those who use it: the cache itself and each open connection.</summary>
internal sealed class HotContext
{
    private readonly TaskCompletionSource<SslStreamCertificateContext> _built = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // The cache's own use. Only the cache hands the context out, and only while it holds it: the count never comes back from 0.
    private int _uses = 1;

    public Task<SslStreamCertificateContext> Built => _built.Task;

    public void Build(Func<SslStreamCertificateContext> build)
    {
        try
        {
            _built.SetResult(build());
        }
        catch (Exception exception)
        {
            // All who wait must hear of it, whatever it is.
            _built.SetException(exception);
        }
    }

    public void Acquire() => Interlocked.Increment(ref _uses);

    public void Release()
    {
        if (Interlocked.Decrement(ref _uses) == 0 && _built.Task.IsCompletedSuccessfully)
        {
            // SslStreamCertificateContext has no Dispose of its own: what it holds besides are references to these, freed with them.
            var context = _built.Task.Result;
            foreach (var issuer in context.IntermediateCertificates)
            {
                issuer.Dispose();
            }

            context.TargetCertificate.Dispose();
        }
    }
}

/// <summary>The right of one connection to use a context; give it back by disposing, twice does no harm.</summary>
internal sealed class HotLease(HotContext context) : IDisposable
{
    private int _isDisposed;

    public HotContext Context => context;

    /// <summary>Only of a lease that <see cref="HotCertificates.LeaseAsync"/> has returned.</summary>
    public SslStreamCertificateContext Certificate => context.Built.Result;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            context.Release();
        }
    }
}
