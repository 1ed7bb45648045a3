using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Certificates;

/// <summary>
/// The rows of certificates and of the local CA. A certificate is no edit of a policy: its rows take no revision and leave no audit line.
/// </summary>
internal sealed class CertificateStore(Store store, TimeProvider clock)
{
    // A CA has a handful of intermediates for a million leaves: one array each. Never emptied, they are few.
    private readonly HashSet<byte[]> _issuers = new(new BytesByContent());

    public async IAsyncEnumerable<HostCertificate> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        await foreach (var row in db.Certificates.AsAsyncEnumerable().WithCancellation(cancellationToken))
        {
            yield return From(row);
        }
    }

    public async Task<List<HostCertificate>> ReadAsync(IReadOnlyCollection<string> hosts, CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        var rows = await db.Certificates.Where(row => hosts.Contains(row.HostName)).ToListAsync(cancellationToken);
        return rows.ConvertAll(From);
    }

    /// <summary>Ids of what was stored from then on, by any node or command.</summary>
    public async Task<HashSet<long>> IdsSinceAsync(DateTimeOffset since, CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        return await db.Certificates.Where(row => row.CreatedAt >= since).Select(row => row.Id).ToHashSetAsync(cancellationToken);
    }

    public async Task<List<HostCertificate>> ReadAsync(IReadOnlyCollection<long> ids, CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        var rows = await db.Certificates.Where(row => ids.Contains(row.Id)).ToListAsync(cancellationToken);
        return rows.ConvertAll(From);
    }

    /// <summary>Each takes the place of what was stored for its host. All or none.</summary>
    /// <exception cref="DbUpdateException">Also when another node stored one of the hosts at the same moment; then come again.</exception>
    public async Task SaveAsync(IReadOnlyCollection<HostCertificate> certificates, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await store.WriteAsideAsync(
            async db =>
            {
                await DeleteAsync(db, [.. certificates.Select(certificate => certificate.Host)], cancellationToken);
                db.Certificates.AddRange(certificates.Select(certificate => new StoredCertificate
                {
                    HostName = certificate.Host,
                    Leaf = certificate.Leaf,
                    Issuers = certificate.Issuers,
                    SealedKey = certificate.SealedKey,
                    NotBefore = certificate.NotBefore,
                    NotAfter = certificate.NotAfter,
                    CreatedAt = now,
                }));
            },
            cancellationToken);
    }

    public Task DeleteAsync(IReadOnlyCollection<string> hosts, CancellationToken cancellationToken) =>
        store.WriteAsideAsync(db => DeleteAsync(db, hosts, cancellationToken), cancellationToken);

    public async Task<LocalAuthority?> FindAuthorityAsync(CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        return await db.LocalAuthority.SingleOrDefaultAsync(cancellationToken);
    }

    /// <summary>False if another node was first: then its row counts.</summary>
    public async Task<bool> TryAddAuthorityAsync(LocalAuthority authority, CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        db.LocalAuthority.Add(authority);
        try
        {
            await db.SaveChangesAsync(cancellationToken);
            return true;
        }
        catch (DbUpdateException) when (db.LocalAuthority.Any())
        {
            return false;
        }
    }

    private static Task<int> DeleteAsync(HostDbContext db, IReadOnlyCollection<string> hosts, CancellationToken cancellationToken) =>
        db.Certificates.Where(row => hosts.Contains(row.HostName)).ExecuteDeleteAsync(cancellationToken);

    private HostCertificate From(StoredCertificate row) =>
        new(row.HostName, row.Leaf, Share(row.Issuers), row.SealedKey, row.NotBefore, row.NotAfter, row.Id);

    private byte[] Share(byte[] issuers)
    {
        lock (_issuers)
        {
            if (!_issuers.TryGetValue(issuers, out var known))
            {
                _issuers.Add(known = issuers);
            }

            return known;
        }
    }
}
