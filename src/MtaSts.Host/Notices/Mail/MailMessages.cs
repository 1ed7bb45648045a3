using System.Globalization;
using Microsoft.EntityFrameworkCore;
using MimeKit;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Notices.Mail;

/// <summary>Makes messages of what waits, and hands them to the relay. Each address gets a message of its own: what one does not take costs the others nothing.</summary>
internal sealed class MailMessages(Store store, MailRelay relay, TimeProvider clock)
{
    private const int MostDomains = 21;

    public async Task<DeliveryOutcome> SendAsync(NoticeChannel channel, NoticeBatch batch, CancellationToken cancellationToken)
    {
        var (subject, text) = Digest.Compose(await FactsAsync(channel, batch, cancellationToken));
        // The same for each try of the same notices, so that a mailbox that got it twice shows it once.
        var id = string.Create(CultureInfo.InvariantCulture, $"notice.{channel.Id}.{batch.From ?? 0}.{batch.UpTo ?? (channel.LastSuccessAt ?? channel.CreatedAt).UtcTicks}");
        return await relay.SendAsync(Message(channel.Address, id, subject, text), cancellationToken);
    }

    public Task<DeliveryOutcome> SendTestAsync(string address, CancellationToken cancellationToken) => relay.SendAsync(
        Message(
            address,
            $"test.{Guid.NewGuid():N}",
            "MTA-STS: a test message",
            "This is a test. Messages about what is wrong with MTA-STS of your domains will come to this address.\n\nWhoever does not expect them may delete this one; a few more tests a day is all that can come.\n"),
        cancellationToken);

    private MimeMessage Message(string address, string id, string subject, string text)
    {
        var from = relay.From;
        var message = new MimeMessage { Date = clock.GetUtcNow(), MessageId = $"{id}@{from.Domain}", Subject = NoticeText.Line(subject, 200) };
        message.From.Add(from);
        message.To.Add(new MailboxAddress("", address));
        // RFC 3834 §5: no vacation notes come back.
        message.Headers.Add("Auto-Submitted", "auto-generated");
        message.Body = new TextPart("plain") { Text = text, ContentTransferEncoding = ContentEncoding.QuotedPrintable };
        return message;
    }

    private async Task<DigestFacts> FactsAsync(NoticeChannel channel, NoticeBatch batch, CancellationToken cancellationToken)
    {
        var events = batch.Events.Select(one => one.Event).ToList();
        var (target, least) = (channel.TargetId, channel.Target!.Severity);
        await using var db = store.Open();
        var present = db.DomainAdvisories.Where(row => row.ToldAt != null && row.Severity >= least)
            .Join(db.Domains, row => row.DomainId, domain => domain.Id, (row, domain) => new { row, domain })
            .Where(pair => target == NoticeTarget.Provider || pair.domain.TenantId == target);
        var told = Digest.Latest(events).Where(one => one.Kind == AdvisoryEventKind.Added).ToList();
        var domains = await present.Where(pair => pair.row.Severity == AdvisorySeverity.Error).Select(pair => pair.domain.Name).Distinct().OrderBy(name => name).Take(MostDomains + told.Count).ToListAsync(cancellationToken);
        var tenantIds = events.Select(one => one.TenantId).Distinct().ToList();
        return new DigestFacts(
            events,
            Math.Max(0, await present.CountAsync(cancellationToken) - told.Count),
            [.. domains.Except(told.Select(one => one.Domain)).Take(MostDomains)],
            target == NoticeTarget.Provider ? await db.Tenants.Where(row => tenantIds.Contains(row.Id)).ToDictionaryAsync(row => row.Id, row => row.Name, cancellationToken) : new Dictionary<int, string>(),
            channel.Dropped);
    }
}
