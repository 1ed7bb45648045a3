using System.Diagnostics.CodeAnalysis;
using System.Net.Security;
using System.Security.Cryptography;
using System.Text;
using MtaSts.Acme;

namespace MtaSts.Host.Certificates.Challenges;

/// <summary>
/// Answer to tls-alpn-01 -> TLS context with its certificate (RFC 8737 §3). A CA comes from several places within seconds, so a few are
/// kept; the least recently used one goes first. Safe from all threads.
/// </summary>
internal sealed class ChallengeCertificates(TimeProvider clock) : IDisposable
{
    private const int Most = 64;

    private readonly Lock _gate = new();
    private readonly LinkedList<Entry> _byLastUse = new();

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _byLastUse.Count;
            }
        }
    }

    /// <summary>Dispose the lease when the connection has ended.</summary>
    public async Task<HotLease> LeaseAsync(string host, string keyAuthorization, CancellationToken cancellationToken)
    {
        host = host.ToLowerInvariant();
        var lease = new HotLease(Take(new Entry(host, keyAuthorization, new HotContext()), out var isNew));
        try
        {
            if (isNew)
            {
                lease.Context.Build(() => Make(host, keyAuthorization));
            }

            await lease.Context.Built.WaitAsync(cancellationToken);
            return lease;
        }
        catch
        {
            if (lease.Context.Built.IsFaulted)
            {
                Drop(lease.Context);
            }

            lease.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var entry in _byLastUse)
            {
                entry.Context.Release();
            }

            _byLastUse.Clear();
        }
    }

    private SslStreamCertificateContext Make(string host, string keyAuthorization)
    {
        var digest = SHA256.HashData(Encoding.ASCII.GetBytes(keyAuthorization));
        return SslStreamCertificateContext.Create(TlsAlpnCertificate.Create(host, digest, clock.GetUtcNow()), additionalCertificates: null, offline: true);
    }

    [SuppressMessage("Reliability", "CA2000", Justification = "The caller's lease owns it, and the cache.")]
    private HotContext Take(Entry wanted, out bool isNew)
    {
        lock (_gate)
        {
            // Few enough for a walk.
            var node = _byLastUse.First;
            while (node is not null && (node.Value.Host != wanted.Host || node.Value.KeyAuthorization != wanted.KeyAuthorization))
            {
                node = node.Next;
            }

            isNew = node is null;
            if (node is null)
            {
                node = new LinkedListNode<Entry>(wanted);
                if (_byLastUse.Count == Most)
                {
                    _byLastUse.Last!.Value.Context.Release();
                    _byLastUse.RemoveLast();
                }
            }
            else
            {
                _byLastUse.Remove(node);
            }

            _byLastUse.AddFirst(node);
            node.Value.Context.Acquire();
            return node.Value.Context;
        }
    }

    private void Drop(HotContext context)
    {
        lock (_gate)
        {
            for (var node = _byLastUse.First; node is not null; node = node.Next)
            {
                if (node.Value.Context == context)
                {
                    _byLastUse.Remove(node);
                    context.Release();
                    return;
                }
            }
        }
    }

    private sealed record Entry(string Host, string KeyAuthorization, HotContext Context);
}
