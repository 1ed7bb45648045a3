using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.DnsRecords;

/// <summary>
/// The states of a record on its way into DNS and out of it (<see cref="DnsRecordState"/>). Each method changes the row it is given and nothing else: no clock, no
/// store, no DNS.
/// </summary>
internal static class RecordRules
{
    /// <summary>A server that says nothing for as long does not keep a record that all others give from being called live.</summary>
    public static readonly TimeSpan SilenceTolerated = TimeSpan.FromMinutes(10);

    /// <summary>Written, accepted, and still not given by a server: written again.</summary>
    public static readonly TimeSpan SettlingTime = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan GoneIsShownFor = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Daily = TimeSpan.FromDays(1);
    private static readonly TimeSpan AfterSilence = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan ShortestHold = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestHold = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan FirstFailure = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestFailure = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan FirstLook = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestLook = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LongestManualLook = TimeSpan.FromHours(1);

    /// <summary>States in which something is to be handed to DNS.</summary>
    public static readonly DnsRecordState[] Unwritten = [DnsRecordState.WaitingForHttps, DnsRecordState.Publishing, DnsRecordState.Failed, DnsRecordState.Drift];

    public static string Lines(IEnumerable<string> data) => string.Join('\n', data);

    public static IReadOnlyList<string> Lines(string? column) => column is null ? [] : column.Split('\n');

    public static DnsRecordStatus New(WantedRecord wanted, DateTimeOffset now)
    {
        var row = new DnsRecordStatus { Name = wanted.Name, Type = wanted.Type, State = DnsRecordState.Absent, Since = now, DueAt = now };
        Want(row, wanted, now);
        return row;
    }

    /// <returns>Whether anything changed.</returns>
    public static bool Want(DnsRecordStatus row, WantedRecord wanted, DateTimeOffset now)
    {
        var data = Lines(wanted.Data);
        if (row.Wanted == data && row.Ttl == wanted.Ttl && row.DomainId == wanted.DomainId)
        {
            // The id that it announces is the same: what that waits for has not become later.
            return false;
        }

        (row.Wanted, row.Ttl, row.DomainId, row.Gate) = (data, wanted.Ttl, wanted.DomainId, wanted.Gate);
        row.Failures = 0;
        (row.Code, row.Reason) = (null, null);
        Enter(row, wanted.Gate > 0 ? DnsRecordState.WaitingForHttps : DnsRecordState.Publishing, now, now);
        return true;
    }

    /// <summary>The record is to go. One that was never handed to DNS needs no looking after: the caller deletes its row.</summary>
    /// <returns>Whether anything changed.</returns>
    public static bool Unwant(DnsRecordStatus row, DateTimeOffset now)
    {
        if (row.Wanted is null && row.State == DnsRecordState.Removing)
        {
            return false;
        }

        (row.Wanted, row.Gate, row.Failures, row.Code, row.Reason) = (null, 0, 0, null, null);
        Enter(row, DnsRecordState.Removing, now, now);
        return true;
    }

    /// <summary>Is something to be handed to DNS?</summary>
    public static bool IsUnwritten(DnsRecordStatus row) => Unwritten.Contains(row.State) || (row.State == DnsRecordState.Removing && row.Offered is not null);

    /// <summary>Not every node serves the text yet (RFC 8461 §8.1); no failure.</summary>
    public static void Held(DnsRecordStatus row, string code, string reason, DateTimeOffset now)
    {
        (row.Code, row.Reason) = (code, reason);
        // An edit is served within moments, a first certificate within minutes.
        var wait = (now - row.Since) / 8;
        Enter(row, DnsRecordState.WaitingForHttps, now, now + Within(wait, ShortestHold, LongestHold));
    }

    /// <summary>DNS took it, or it is people's to write.</summary>
    public static void Written(DnsRecordStatus row, DateTimeOffset now)
    {
        (row.Offered, row.OfferedAt, row.Failures) = (row.Wanted, now, 0);
        (row.Code, row.Reason) = (null, null);
        Enter(row, row.Wanted is null ? DnsRecordState.Removing : DnsRecordState.Verifying, now, now);
    }

    public static void WriteFailed(DnsRecordStatus row, string code, string reason, TimeSpan? retryAfter, DateTimeOffset now, Random random)
    {
        row.Failures++;
        (row.Code, row.Reason) = (code, Cut(reason));
        var wait = FirstFailure * Math.Pow(2, Math.Min(row.Failures, 12) - 1);
        Enter(row, row.Wanted is null ? DnsRecordState.Removing : DnsRecordState.Failed, now, now + Spread(Within(retryAfter > wait ? retryAfter.Value : wait, FirstFailure, LongestFailure), random));
    }

    /// <summary>What the authoritative servers say of a record that was handed to DNS.</summary>
    /// <param name="row">Its state is verifying, live, or removing.</param>
    /// <param name="check">Of now.</param>
    /// <param name="byPeople">Nobody writes it but people: it is waited for.</param>
    /// <param name="now">The time.</param>
    /// <param name="random">Spreads the next look.</param>
    /// <returns>False: it has gone from DNS, as it was to; the row is of no use any more.</returns>
    public static bool Checked(DnsRecordStatus row, RecordCheck check, bool byPeople, DateTimeOffset now, Random random)
    {
        row.CheckedAt = now;
        row.Observed = check.Observed;
        var isThere = check.Verdict == CheckVerdict.Same || (check.Verdict == CheckVerdict.Silence && now - (row.OfferedAt ?? now) >= SilenceTolerated);
        if (isThere)
        {
            if (row.Wanted is null)
            {
                // Nodes that answer for the zone themselves find what has gone by its row: it stays for a while.
                row.DueAt = (row.OfferedAt ?? now) + GoneIsShownFor;
                return row.DueAt > now;
            }

            (row.Published, row.PublishedAt) = (row.Offered, row.State == DnsRecordState.Live ? row.PublishedAt : now);
            (row.Code, row.Reason, row.Failures) = check.Verdict == CheckVerdict.Same ? (null, null, 0) : (check.Code, Cut(check.Reason), 0);
            Enter(row, DnsRecordState.Live, now, now + Spread(check.Verdict == CheckVerdict.Same ? Daily : AfterSilence, random));
            return true;
        }

        (row.Code, row.Reason) = (check.Code, Cut(check.Reason));
        var settling = now - (row.OfferedAt ?? now);
        if (check.Verdict == CheckVerdict.Other && !byPeople && row.Wanted is not null && (row.State == DnsRecordState.Live || settling >= SettlingTime))
        {
            // Somebody else writes there, or a server has forgotten: written again, less and less often, so that two never fight in a loop.
            row.Failures++;
            Enter(row, DnsRecordState.Drift, now, now + (row.Failures == 1 ? TimeSpan.Zero : Spread(Within(TimeSpan.FromMinutes(Math.Pow(4, Math.Min(row.Failures, 8))), TimeSpan.Zero, TimeSpan.FromHours(6)), random)));
        }
        else if (check.Verdict == CheckVerdict.Other && !byPeople && row is { State: DnsRecordState.Removing, Offered: null, Published: not null } && settling >= SettlingTime)
        {
            // A server has forgotten that it was deleted, after a restore for example: deleted again.
            (row.Offered, row.DueAt) = (row.Published, now);
        }
        else if (row.State == DnsRecordState.Live && check.Verdict == CheckVerdict.Other)
        {
            Enter(row, DnsRecordState.Drift, now, now + LongestLook);
        }
        else
        {
            // Live stays live through a silence: that is the servers' trouble, not the record's.
            Enter(row, row.State, now, now + Spread(Within(settling / 4, FirstLook, byPeople ? LongestManualLook : LongestLook), random));
        }

        return true;
    }

    /// <summary>The zone as a whole was looked at, and this live record is not in it as it was published: written again, by way of the gate as always.</summary>
    public static void LostInZone(DnsRecordStatus row, string reason, DateTimeOffset now)
    {
        row.Failures++;
        (row.Code, row.Reason) = ("dns.zone", reason);
        Enter(row, DnsRecordState.Drift, now, now);
    }

    private static void Enter(DnsRecordStatus row, DnsRecordState state, DateTimeOffset now, DateTimeOffset dueAt)
    {
        if (row.State != state)
        {
            (row.State, row.Since) = (state, now);
        }

        row.DueAt = dueAt;
    }

    private static string? Cut(string? reason) => reason?.Length > 1000 ? reason[..1000] : reason;

    private static TimeSpan Spread(TimeSpan wait, Random random) => wait * (0.8 + (0.4 * random.NextDouble()));

    private static TimeSpan Within(TimeSpan wait, TimeSpan shortest, TimeSpan longest) => wait < shortest ? shortest : wait > longest ? longest : wait;
}
