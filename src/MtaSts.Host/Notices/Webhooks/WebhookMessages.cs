using System.Globalization;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Certificates;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Notices.Webhooks;

/// <summary>Makes requests of what waits for a webhook, and signs them.</summary>
internal sealed class WebhookMessages(Store store, KeySealing sealing, WebhookSender sender, TimeProvider clock)
{
    public async Task<DeliveryOutcome> SendAsync(NoticeChannel channel, NoticeBatch batch, CancellationToken cancellationToken)
    {
        if (batch.Events.Count == 0)
        {
            // They were too old to be kept.
            return DeliveryOutcome.Taken;
        }

        var ids = batch.Events.Select(one => one.Event.TenantId).Distinct().ToList();
        Dictionary<int, string> tenants;
        await using (var db = store.Open())
        {
            tenants = await db.Tenants.Where(row => ids.Contains(row.Id)).ToDictionaryAsync(row => row.Id, row => row.Name, cancellationToken);
        }

        var id = string.Create(CultureInfo.InvariantCulture, $"msg_{channel.Id}_{batch.From}_{batch.UpTo}");
        return await SendAsync(channel, id, [.. batch.Events.Select(one => WebhookEvent.Of(one.Event, tenants.GetValueOrDefault(one.Event.TenantId)))], cancellationToken);
    }

    public Task<DeliveryOutcome> SendTestAsync(NoticeChannel channel, CancellationToken cancellationToken) =>
        SendAsync(channel, $"test_{Guid.NewGuid():N}", [], cancellationToken);

    private async Task<DeliveryOutcome> SendAsync(NoticeChannel channel, string id, IReadOnlyList<WebhookEvent> events, CancellationToken cancellationToken)
    {
        byte[] key;
        try
        {
            key = channel.SealedSecret is { } content ? sealing.Open(content, NoticeChannel.SealingPurpose(channel.TargetId)) : [];
        }
        catch (KeySealingException)
        {
            return new DeliveryOutcome(DeliveryEnd.Failed, "The webhook's secret cannot be opened on this node.");
        }

        if (key.Length == 0)
        {
            return new DeliveryOutcome(DeliveryEnd.Refused, "The webhook's secret is lost: put the webhook again, with a new one.");
        }

        try
        {
            var now = clock.GetUtcNow();
            var body = new WebhookBody(id, now, events).ToBytes();
            return await sender.SendAsync(new Uri(channel.Address), id, now, body, WebhookSignature.Of(key, id, now, body), cancellationToken);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }
}
