using MtaSts.Host.DnsRecords.Server;

namespace MtaSts.Host.DnsRecords.Publishers;

/// <summary>For the service's own name server column `Offered` is the zone: once that is written there is nothing to do but to look at once on this node.</summary>
internal sealed class EmbeddedPublisher(ZoneLoader loader) : IDnsPublisher
{
    // No message limits it; as many as are well written in one transaction.
    public int LargestBatch => 500;

    public Task ApplyAsync(IReadOnlyList<RecordChange> changes, CancellationToken cancellationToken)
    {
        loader.Wake();
        return Task.CompletedTask;
    }
}
