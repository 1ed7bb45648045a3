using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using MtaSts.Host.Data;

namespace MtaSts.Host.Policies;

/// <summary>
/// Domain -> published policy, all in memory. Read from all threads without locks or allocation; written by <see cref="PolicyLoader"/> alone.
/// </summary>
internal sealed class PublishedPolicies
{
    // Replaced as a whole by a full load, so that a reader never sees half of one.
    private volatile ConcurrentDictionary<string, PublishedPolicy> _byDomain = NewIndex();

    public int Count => _byDomain.Count;

    /// <summary>Pulses once after a batch of swaps.</summary>
    public Signal Changed { get; } = new();

    /// <summary>
    /// Raised in the loader's thread after a domain was set or removed, with its name, or with null after all were replaced: only take note
    /// of it and return. For those to whom a walk over all domains at each change would be too much.
    /// </summary>
    public event Action<string?>? Touched;

    /// <summary>All domains that are served now.</summary>
    public IEnumerable<string> Domains => _byDomain.Select(entry => entry.Key);

    /// <summary><paramref name="policyHost"/> is `mta-sts.` + domain in any case, without port and final dot.</summary>
    public bool TryGetByHost(ReadOnlySpan<char> policyHost, [NotNullWhen(true)] out PublishedPolicy? policy)
    {
        policy = null;
        return policyHost.StartsWith(MailDomain.PolicyHostPrefix, StringComparison.OrdinalIgnoreCase)
            && TryGet(policyHost[MailDomain.PolicyHostPrefix.Length..], out policy);
    }

    public bool TryGet(ReadOnlySpan<char> domain, [NotNullWhen(true)] out PublishedPolicy? policy) =>
        _byDomain.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(domain, out policy);

    public void Set(string domain, PublishedPolicy policy)
    {
        _byDomain[domain] = policy;
        Touched?.Invoke(domain);
    }

    /// <summary>Takes the entry away if it is still that row's: the name may be another tenant's by now.</summary>
    public void Remove(string domain, long domainId)
    {
        if (_byDomain.TryGetValue(domain, out var policy) && policy.DomainId == domainId)
        {
            _byDomain.TryRemove(new KeyValuePair<string, PublishedPolicy>(domain, policy));
            Touched?.Invoke(domain);
        }
    }

    public void ReplaceAll(IEnumerable<KeyValuePair<string, PublishedPolicy>> policies)
    {
        var next = NewIndex();
        foreach (var (domain, policy) in policies)
        {
            next[domain] = policy;
        }

        _byDomain = next;
        Touched?.Invoke(null);
    }

    private static ConcurrentDictionary<string, PublishedPolicy> NewIndex() => new(StringComparer.OrdinalIgnoreCase);
}
