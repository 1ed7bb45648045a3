using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Notices.Mail;

namespace MtaSts.Host.Notices;

/// <summary>What health and metrics say of notices, as the loop saw it last. For whoever has no key: no names, no words of a receiver.</summary>
internal sealed class NoticeWatch
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(30);

    private readonly Store _store;
    private readonly MailRelay _relay;
    private readonly TimeProvider _clock;
    private volatile Snapshot _current = new(0, 0, null, null);
    private DateTimeOffset _lookedAt;

    public NoticeWatch(Store store, MailRelay relay, NoticeMetrics metrics, TimeProvider clock)
    {
        (_store, _relay, _clock) = (store, relay, clock);
        metrics.Meter.CreateObservableGauge("mtasts.notices.waiting", () => _current.Waiting, description: "Notices that wait to be delivered");
        metrics.Meter.CreateObservableGauge("mtasts.notices.channels_failing", () => _current.Failing, description: "Webhooks and addresses whose last try failed");
        metrics.Meter.CreateObservableGauge("mtasts.notices.oldest_due", OldestDue, unit: "s", description: "How long what waits longest has been due: an event not taken over, or a channel not tried");
    }

    /// <exception cref="System.Data.Common.DbException">The store is away.</exception>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        var now = _clock.GetUtcNow();
        if (now - _lookedAt < LookEvery && now >= _lookedAt)
        {
            return;
        }

        await using var db = _store.Open();
        var first = await db.AdvisoryEvents.Where(row => !row.IsHandedOn).OrderBy(row => row.Id).Select(row => (DateTimeOffset?)row.At).FirstOrDefaultAsync(cancellationToken);
        // What waits for a mail server that was taken out of the settings is nobody's trouble.
        var withMail = _relay.IsConfigured;
        var due = await db.NoticeChannels.Where(row => row.State != NoticeChannelState.Gone && row.DueAt <= now && (withMail || row.Kind != NoticeChannelKind.Mail)).OrderBy(row => row.DueAt).Select(row => (DateTimeOffset?)row.DueAt).FirstOrDefaultAsync(cancellationToken);
        _current = new Snapshot(
            await db.Notices.CountAsync(cancellationToken),
            await db.NoticeChannels.CountAsync(row => row.State == NoticeChannelState.Failing || row.State == NoticeChannelState.GivenUp, cancellationToken),
            first,
            due);
        _lookedAt = now;
    }

    /// <summary>What keeps tenants from being told: part, one sentence, since when. A receiver that takes nothing is its tenant's trouble.</summary>
    public IEnumerable<(string Part, string Reason, DateTimeOffset Since)> Troubles()
    {
        var (now, current) = (_clock.GetUtcNow(), _current);
        if (_relay.AwaySince is { } since && now - since > Patience)
        {
            yield return ("mail", "the mail server takes no mail; notices wait for it", since);
        }

        if (current.FirstEvent is { } first && now - first > Patience)
        {
            yield return ("notices", "events of advisories are not taken over", first);
        }

        if (current.FirstDue is { } due && now - due > Patience && _relay.AwaySince is null)
        {
            yield return ("notices", "notices that are due do not go out", due);
        }
    }

    private double OldestDue() => new[] { _current.FirstEvent, _current.FirstDue }.Max(since => since is null ? 0 : Math.Max(0, (_clock.GetUtcNow() - since.Value).TotalSeconds));

    private sealed record Snapshot(int Waiting, int Failing, DateTimeOffset? FirstEvent, DateTimeOffset? FirstDue);
}
