using System.Threading.Channels;
using MtaSts.Host.Policies;

namespace MtaSts.Host.Certificates;

/// <summary>
/// Policy hosts to look at: those whose policy was touched, the newest before the older, then a walk over all, at start and when it is
/// asked for. For one reader; may be touched from all threads.
/// </summary>
internal sealed class HostQueue : IDisposable
{
    private readonly PublishedPolicies _published;
    private readonly CertificateVault _vault;
    // Null asks for a walk over all.
    private readonly Channel<string?> _touched = Channel.CreateUnbounded<string?>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Stack<string> _newest = new();
    private IEnumerator<string>? _walk;

    public HostQueue(PublishedPolicies published, CertificateVault vault)
    {
        _published = published;
        _vault = vault;
        published.Touched += Touch;
        Walk();
    }

    /// <summary>Asks for a look at all that is published or has a certificate.</summary>
    public void Walk() => Touch(null);

    /// <summary>True when there may be something to look at; false never.</summary>
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken) =>
        _newest.Count > 0 || _walk is not null ? ValueTask.FromResult(true) : _touched.Reader.WaitToReadAsync(cancellationToken);

    /// <summary>The next host, published or not; null when all have been looked at.</summary>
    public string? Next()
    {
        TakeTouched();
        if (_newest.TryPop(out var newest))
        {
            return newest;
        }

        if (_walk?.MoveNext() == true)
        {
            return _walk.Current;
        }

        _walk?.Dispose();
        _walk = null;
        return null;
    }

    public void Dispose()
    {
        _published.Touched -= Touch;
        _walk?.Dispose();
    }

    private void Touch(string? domain) => _touched.Writer.TryWrite(domain);

    private void TakeTouched()
    {
        while (_touched.Reader.TryRead(out var domain))
        {
            if (domain is not null)
            {
                _newest.Push(MailDomain.PolicyHostPrefix + domain);
            }
            else
            {
                _walk?.Dispose();
                _walk = _published.Domains.Select(name => MailDomain.PolicyHostPrefix + name).Concat(_vault.Hosts).GetEnumerator();
            }
        }
    }
}
