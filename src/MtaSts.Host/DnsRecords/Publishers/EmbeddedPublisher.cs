namespace MtaSts.Host.DnsRecords.Publishers;

/// <summary>For the service's own name server column `Offered` is the zone: there is nothing to do but to write that, which wakes the loader.</summary>
internal sealed class EmbeddedPublisher : IDnsPublisher
{
    // No message limits it.
    public int LargestBatch => 1000;

    public Task ApplyAsync(IReadOnlyList<RecordChange> changes, CancellationToken cancellationToken) => Task.CompletedTask;
}
