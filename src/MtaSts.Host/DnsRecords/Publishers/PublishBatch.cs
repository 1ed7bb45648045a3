namespace MtaSts.Host.DnsRecords.Publishers;

/// <summary>Writes many changes so that one that is refused keeps no other out of DNS.</summary>
internal static class PublishBatch
{
    // One bad change among two hundred is found with two tries for each halving.
    private const int MostSplits = 24;

    /// <summary>Tries all; what is refused as a whole is tried in halves.</summary>
    /// <returns>The changes that were not made, each with why.</returns>
    public static async Task<Dictionary<RecordChange, DnsPublishException>> ApplyAsync(IDnsPublisher publisher, IReadOnlyList<RecordChange> changes, CancellationToken cancellationToken)
    {
        var failed = new Dictionary<RecordChange, DnsPublishException>(ReferenceEqualityComparer.Instance);
        foreach (var batch in changes.Chunk(publisher.LargestBatch))
        {
            var splits = 0;
            var parts = new Stack<RecordChange[]>([batch]);
            while (parts.TryPop(out var part))
            {
                try
                {
                    await publisher.ApplyAsync(part, cancellationToken);
                }
                catch (DnsPublishException exception) when (exception is { IsTransient: false, Failed.Count: 0 } && part.Length > 1 && splits < MostSplits)
                {
                    splits++;
                    parts.Push(part[(part.Length / 2)..]);
                    parts.Push(part[..(part.Length / 2)]);
                }
                catch (DnsPublishException exception)
                {
                    foreach (var change in exception.Failed.Count > 0 ? exception.Failed : part)
                    {
                        failed[change] = exception;
                    }

                    if (exception is { IsTransient: true, Failed.Count: 0 })
                    {
                        // Away: the others would only wait for it too.
                        foreach (var change in parts.SelectMany(rest => rest))
                        {
                            failed[change] = exception;
                        }

                        break;
                    }
                }
            }
        }

        return failed;
    }
}
