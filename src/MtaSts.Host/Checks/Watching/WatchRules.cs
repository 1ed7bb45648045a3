using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Checks.Watching;

/// <summary>What follows from a check: what is wrong now, what people are told, when the next one is. Pure.</summary>
internal static class WatchRules
{
    /// <summary>When what may pass is looked for again.</summary>
    public static readonly TimeSpan ConfirmAfter = TimeSpan.FromMinutes(5);

    /// <summary>A check that somebody asks for in between confirms nothing so soon.</summary>
    private static readonly TimeSpan ConfirmsAfter = ConfirmAfter - TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    /// <summary>Brings the rows up to date: those that are there change in place.</summary>
    /// <param name="present">All of the domain.</param>
    /// <param name="domainId">Of its row.</param>
    /// <param name="report">Of a check that is newer than all of them.</param>
    /// <param name="isHeld">Whether our own network is taken to be at fault: what may be its doing, and nobody was told of yet, waits.</param>
    public static WatchOutcome Judge(IReadOnlyList<DomainAdvisory> present, long domainId, CheckReport report, bool isHeld = false)
    {
        var at = report.CheckedAt;
        foreach (var row in present)
        {
            // A clock that was ahead must not silence it for as long as that was.
            (row.FirstSeenAt, row.LastSeenAt, row.ToldAt) = (Earlier(row.FirstSeenAt, at), Earlier(row.LastSeenAt, at), row.ToldAt is { } told ? Earlier(told, at) : null);
        }

        var known = present.ToDictionary(row => (row.Code, row.Subject));
        var (added, gone, events) = (new List<DomainAdvisory>(), new List<DomainAdvisory>(), new List<(AdvisoryEventKind, DomainAdvisory)>());
        var found = new HashSet<DomainAdvisory>();
        foreach (var finding in report.Advisories)
        {
            if (SeverityOf(finding.Severity) is not { } severity)
            {
                continue;
            }

            var subject = Cut(finding.Subject, DomainAdvisory.LongestSubject);
            if (!known.TryGetValue((finding.Code, subject), out var row))
            {
                row = new DomainAdvisory { DomainId = domainId, Code = finding.Code, Subject = subject, Message = "", FirstSeenAt = at };
                known.Add((finding.Code, subject), row);
                added.Add(row);
            }

            // The same code of the same subject twice is one; the first of them is the gravest.
            if (!found.Add(row))
            {
                continue;
            }

            (row.Severity, row.Message, row.LastSeenAt) = (severity, Cut(finding.Message, DomainAdvisory.LongestMessage), at);
            if (isHeld && row.ToldAt is null && CheckCodes.Find(row.Code)?.MayBeOurs == true)
            {
                // What was seen through a network that fails confirms nothing.
                row.FirstSeenAt = at;
            }
            else if (Told(row, at) is { } kind)
            {
                row.ToldAt = at;
                events.Add((kind, row));
            }
        }

        foreach (var row in present.Where(row => !found.Contains(row)))
        {
            if (row.ToldAt is null)
            {
                gone.Add(row);
            }
            else if (SightRules.WasLookedFor(row.Code, row.Subject, report))
            {
                gone.Add(row);
                events.Add((AdvisoryEventKind.Cleared, row));
            }
        }

        return new WatchOutcome([.. known.Values.Except(gone)], added, gone, events);
    }

    /// <summary>Brings the times of the watch up to date.</summary>
    public static void Settle(DomainWatch watch, IReadOnlyList<DomainAdvisory> rows, CheckReport report, ChecksOptions options)
    {
        var at = report.CheckedAt;
        var cleanSince = watch.CleanSince ?? watch.CleanBefore;
        if (cleanSince > at)
        {
            // Of a clock that was ahead.
            cleanSince = at;
        }

        (watch.CheckedAt, watch.Errors, watch.Warnings) = (at, report.Errors, report.Warnings);
        var errors = rows.Where(row => row.Severity == AdvisorySeverity.Error).ToList();
        (watch.CleanSince, watch.CleanBefore) = errors.Count == 0 ? (cleanSince ?? at, null)
            : errors.Exists(row => row.ToldAt is not null) ? ((DateTimeOffset?)null, (DateTimeOffset?)null)
            : (null, cleanSince);
        watch.NextCheckAt = at + (rows.Any(row => row.ToldAt is null) ? ConfirmAfter
            // An old warning is often one that its owner lives with.
            : errors.Count > 0 || rows.Any(row => row.FirstSeenAt > at - Day) ? options.EveryWhileWrong
            : options.Every);
    }

    /// <summary>After so long without a check the watch does not keep up: what was found then says nothing of today.</summary>
    public static TimeSpan StaleAfter(ChecksOptions options) => 2 * (options.Every > Day ? options.Every : Day);

    public static AdvisorySeverity? SeverityOf(string word) => word switch
    {
        "error" => AdvisorySeverity.Error,
        "warning" => AdvisorySeverity.Warning,
        _ => null,
    };

    public static string Cut(string text, int longest) => text.Length <= longest ? text : text[..(longest - 1)] + "…";

    private static DateTimeOffset Earlier(DateTimeOffset time, DateTimeOffset at) => time > at ? at : time;

    private static AdvisoryEventKind? Told(DomainAdvisory row, DateTimeOffset at)
    {
        if (row.ToldAt is not { } told)
        {
            return CheckCodes.Find(row.Code)?.MayPass != true || at - row.FirstSeenAt >= ConfirmsAfter ? AdvisoryEventKind.Added : null;
        }

        return at - told >= Day ? AdvisoryEventKind.Sustained : null;
    }
}

/// <param name="Rows">What is wrong now; one without `ToldAt` may pass.</param>
/// <param name="Added">New ones of them.</param>
/// <param name="Gone">Those that are no longer.</param>
/// <param name="Events">What people are told.</param>
internal sealed record WatchOutcome(
    IReadOnlyList<DomainAdvisory> Rows, IReadOnlyList<DomainAdvisory> Added, IReadOnlyList<DomainAdvisory> Gone, IReadOnlyList<(AdvisoryEventKind Kind, DomainAdvisory Advisory)> Events);
