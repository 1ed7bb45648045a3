using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using MtaSts.Host.Lookups;

namespace MtaSts.Host.DnsRecords.Publishers;

/// <summary>
/// The API of Cloudflare: looks at what is there, and makes the difference in batches, each of them a transaction of theirs. What a lost answer did is found at
/// the next look. Called by one at a time.
/// </summary>
internal sealed class CloudflarePublisher(IOptions<DnsOptions> options, TimeProvider clock, TimeSpan? patience = null) : IDnsPublisher, IZoneListing, IDisposable
{
    private const int MostChanges = 100;

    // Their limit for the smallest plan.
    private const int MostOperations = 200;

    // Up to so many names each is asked for; more, and the whole zone is read.
    private const int FewNames = 5;
    private const int FewPerPage = 100;
    private const int ManyPerPage = 1000;

    // So that a list takes little of what the API may be asked; 3 MB or so.
    private const int MostPerPage = 5000;

    private readonly CloudflareApi _api = new(options, clock, patience);

    public int LargestBatch => MostChanges;

    public void Dispose() => _api.Dispose();

    public async Task ApplyAsync(IReadOnlyList<RecordChange> changes, CancellationToken cancellationToken)
    {
        // Once more on what is there by then; somebody who goes on changing these records is waited for.
        if (!await TryAsync(changes, cancellationToken) && !await TryAsync(changes, cancellationToken))
        {
            throw new DnsPublishException(PublisherCodes.Record, "Somebody else changes these records at Cloudflare at the same time; it is tried again.");
        }
    }

    public async IAsyncEnumerable<ListedRecord> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var page in _api.PagesAsync("", MostPerPage, cancellationToken))
        {
            foreach (var record in page)
            {
                yield return new ListedRecord(ListedRecord.NameOf(record.Name!), record.Type!, CloudflarePlan.TextOf(record));
            }
        }
    }

    private async Task<bool> TryAsync(IReadOnlyList<RecordChange> changes, CancellationToken cancellationToken)
    {
        var present = await PresentAsync(changes, cancellationToken);
        var batch = new CloudflareBatch([], [], []);
        foreach (var needed in changes.Select(change => CloudflarePlan.Of(change, present[change.Name])))
        {
            if (batch.Count > 0 && batch.Count + needed.Count > MostOperations)
            {
                if (!await _api.BatchAsync(batch, cancellationToken))
                {
                    return false;
                }

                batch = new CloudflareBatch([], [], []);
            }

            batch = new CloudflareBatch([.. batch.Deletes, .. needed.Deletes], [.. batch.Patches, .. needed.Patches], [.. batch.Posts, .. needed.Posts]);
        }

        return batch.Count == 0 || await _api.BatchAsync(batch, cancellationToken);
    }

    private async Task<ILookup<string, CloudflareRecord>> PresentAsync(IReadOnlyList<RecordChange> changes, CancellationToken cancellationToken)
    {
        var names = changes.Select(change => change.Name).Distinct().ToList();
        var records = new List<CloudflareRecord>();
        if (names.Count <= FewNames)
        {
            foreach (var name in names)
            {
                records.AddRange(await _api.ListAsync($"&name.exact={Uri.EscapeDataString(name)}", FewPerPage, cancellationToken));
            }
        }
        else
        {
            records.AddRange(await _api.ListAsync("", ManyPerPage, cancellationToken));
        }

        return records.ToLookup(record => record.Name!.ToLowerInvariant());
    }
}
