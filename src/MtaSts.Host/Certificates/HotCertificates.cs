using System.Diagnostics.CodeAnalysis;
using System.Net.Security;

namespace MtaSts.Host.Certificates;

/// <summary>
/// Certificate -> TLS context, ready for handshakes. Bounded: the least recently used one goes first. Built once however many handshakes
/// wait for it, outside the lock. Connections lease a context, so one that is evicted or dropped is disposed when the last connection that
/// uses it has closed. Safe from all threads.
/// </summary>
internal sealed class HotCertificates
{
    private readonly Func<HostCertificate, SslStreamCertificateContext> _build;
    private readonly int _limit;
    private readonly TlsMetrics _metrics;
    private readonly Lock _gate = new();
    private readonly Dictionary<HostCertificate, LinkedListNode<Entry>> _contexts = [];
    private readonly LinkedList<Entry> _byLastUse = new();

    public HotCertificates(Func<HostCertificate, SslStreamCertificateContext> build, int limit, TlsMetrics metrics)
    {
        _build = build;
        _limit = limit;
        _metrics = metrics;
        metrics.ObserveContexts(() => Count);
    }

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _contexts.Count;
            }
        }
    }

    /// <summary>
    /// The first caller builds in its own thread, the others wait without holding one. What building throws, all who wait get; the next
    /// call tries again. Dispose the lease when the connection has ended.
    /// </summary>
    public async ValueTask<HotLease> LeaseAsync(HostCertificate certificate, CancellationToken cancellationToken)
    {
        var lease = new HotLease(Take(certificate, out var isNew));
        try
        {
            if (isNew)
            {
                Build(lease.Context, certificate);
            }

            await lease.Context.Built.WaitAsync(cancellationToken);
        }
        catch
        {
            if (lease.Context.Built.IsFaulted)
            {
                Drop(certificate, lease.Context);
            }

            lease.Dispose();
            throw;
        }

        if (certificate.IsRetired)
        {
            // It was replaced after the caller looked it up: good for this handshake, but it must not stay.
            Drop(certificate);
        }

        return lease;
    }

    public void Drop(HostCertificate certificate)
    {
        lock (_gate)
        {
            if (_contexts.TryGetValue(certificate, out var node))
            {
                Remove(node);
            }
        }
    }

    // Apart, so that only a miss pays for the closure.
    private void Build(HotContext context, HostCertificate certificate) => context.Build(() => _build(certificate));

    // Not by certificate: a failed build must not take away the next attempt's.
    private void Drop(HostCertificate certificate, HotContext context)
    {
        lock (_gate)
        {
            if (_contexts.TryGetValue(certificate, out var node) && node.Value.Context == context)
            {
                Remove(node);
            }
        }
    }

    [SuppressMessage("Reliability", "CA2000", Justification = "The caller's lease owns it, and the cache.")]
    private HotContext Take(HostCertificate certificate, out bool isNew)
    {
        lock (_gate)
        {
            if (_contexts.TryGetValue(certificate, out var node))
            {
                isNew = false;
                _metrics.Hits.Add(1);
                _byLastUse.Remove(node);
            }
            else
            {
                isNew = true;
                _metrics.Misses.Add(1);
                node = new LinkedListNode<Entry>(new Entry(certificate, new HotContext()));
                _contexts.Add(certificate, node);
                if (_contexts.Count > _limit)
                {
                    _metrics.Evictions.Add(1);
                    Remove(_byLastUse.Last!);
                }
            }

            _byLastUse.AddFirst(node);
            node.Value.Context.Acquire();
            return node.Value.Context;
        }
    }

    // Under the gate; disposing a context that nobody uses takes microseconds.
    private void Remove(LinkedListNode<Entry> node)
    {
        _contexts.Remove(node.Value.Certificate);
        _byLastUse.Remove(node);
        node.Value.Context.Release();
    }

    private readonly record struct Entry(HostCertificate Certificate, HotContext Context);
}
