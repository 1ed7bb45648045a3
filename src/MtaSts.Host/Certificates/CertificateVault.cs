using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using MtaSts.Host.Data;
using MtaSts.Host.Listeners;

namespace MtaSts.Host.Certificates;

/// <summary>
/// Policy host -> certificate, all of them, in memory: what a handshake may ask. Read from all threads without locks or allocation.
/// What is replaced or removed here is no longer kept hot either: the next handshake sees the change.
/// </summary>
internal sealed class CertificateVault(HotCertificates hot, ReadyHosts? ready = null)
{
    private readonly ConcurrentDictionary<string, HostCertificate> _byHost = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Pulses after each certificate that was set.</summary>
    public Signal Changed { get; } = new();

    public int Count => _byHost.Count;

    public IEnumerable<string> Hosts => _byHost.Select(entry => entry.Key);

    /// <summary>All of them, as they are while one walks.</summary>
    public IEnumerable<HostCertificate> Certificates => _byHost.Select(entry => entry.Value);

    /// <summary>In any case, without a final dot.</summary>
    public bool TryGet(ReadOnlySpan<char> host, [NotNullWhen(true)] out HostCertificate? certificate) =>
        _byHost.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(host, out certificate);

    /// <summary>One writer at a time for a host.</summary>
    public void Set(HostCertificate certificate)
    {
        _byHost.TryGetValue(certificate.Host, out var before);
        _byHost[certificate.Host] = certificate;
        Retire(before);
        Changed.Pulse();
        ready?.Tell(certificate.Host);
    }

    public bool Remove(string host)
    {
        var removed = _byHost.TryRemove(host, out var before);
        Retire(before);
        return removed;
    }

    private void Retire(HostCertificate? certificate)
    {
        if (certificate is not null)
        {
            certificate.Retire();
            hot.Drop(certificate);
        }
    }
}
