namespace MtaSts.Host.DnsRecords.Publishers;

/// <summary>For the service's own name server column `Offered` is the zone, on every node: once that is written there is nothing more to do.</summary>
internal sealed class EmbeddedPublisher : IDnsPublisher
{
    // No message limits it; as many as are well written in one transaction.
    public int LargestBatch => 500;

    public Task ApplyAsync(IReadOnlyList<RecordChange> changes, CancellationToken cancellationToken) => Task.CompletedTask;
}
