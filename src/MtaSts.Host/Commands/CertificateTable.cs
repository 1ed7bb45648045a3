using System.Globalization;
using MtaSts.Host.Certificates.Overview;

namespace MtaSts.Host.Commands;

/// <summary>List and summary of certificates as text for people.</summary>
internal static class CertificateTable
{
    private const string Nothing = "-";

    /// <param name="output">Where to.</param>
    /// <param name="report">What.</param>
    /// <param name="width">Columns of the terminal, to which lines are cut; null: they are not.</param>
    public static void Write(TextWriter output, CertificatesReport report, int? width)
    {
        var at = report.Summary.At;
        if (report.Items.Count > 0)
        {
            TextTable.Write(
                output,
                [["HOST", "CERTIFICATE", "EXPIRES", "ISSUING", "NEXT", "WHY"], .. report.Items.Select(item => Cells(item, at))],
                width);
            output.WriteLine(report.Next is null ? "" : $"… and more; --limit shows more than {report.Items.Count}.\n");
        }
        else
        {
            output.WriteLine("No certificates.\n");
        }

        TextTable.Write(output, [.. Summary(report.Summary).Select(line => new[] { line.Name + ":", line.Text })], width: null);
    }

    private static string[] Cells(CertificateItem item, DateTimeOffset at) =>
    [
        item.Host,
        item.State,
        item.NotAfter is { } notAfter ? $"{Date(notAfter)} ({Days(notAfter - at)})" : Nothing,
        item.Issuance is null ? Nothing : item.Issuance.Step is { } step ? $"{item.Issuance.State} ({step})" : item.Issuance.State,
        item.Issuance?.NextAt is { } nextAt ? Time(nextAt) : Nothing,
        item.Issuance?.Code is { } code ? $"{code}: {item.Issuance.Reason}" : "",
    ];

    private static IEnumerable<(string Name, string Text)> Summary(CertificatesSummary summary)
    {
        var serving = summary.Certificates;
        var late = serving.Late > 0 ? $"; {serving.Late} late ({serving.LateShare.ToString("0.##%", CultureInfo.InvariantCulture)})" : "";
        yield return ("Certificates", $"{serving.Valid} valid, {serving.Expiring} expiring, {serving.Expired} expired, {serving.Revoked} revoked, {serving.None} none{late}");
        if (summary.Source != "acme")
        {
            yield return ("Issuing", "by the local CA");
            yield break;
        }

        yield return ("Issuing", Counts(summary.Issuance));
        yield return ("Oldest due", summary.OldestDue is { } due ? $"{due.Host}, since {Time(due.DueAt)}" : "nothing");
        var renewals = summary.NextRenewals;
        var next = renewals.Items.Count > 0 ? $"; next {renewals.Items[0].Host} at {Time(renewals.Items[0].RenewAt)}" : "";
        yield return ("Renewals", $"{renewals.WithinHour} within an hour, {renewals.WithinDay} within a day, {renewals.WithinWeek} within a week{next}");
        yield return ("New names", summary.NewNames is { EstimatedAt: { } through } names ? $"{names.Waiting} wait, {names.PerHour} an hour; through at {Time(through)}" : "none waits");
        foreach (var ca in summary.Authorities)
        {
            yield return ($"CA {ca.Ca}", $"{ca.Directory}; {Account(ca.Account)}; {Breaker(ca.Breaker)}; left: {string.Join(", ", ca.Budgets.Select(budget => $"{budget.Kind} {budget.Tokens} of {budget.Capacity}"))}");
        }
    }

    private static string Counts(IssuanceCounts counts)
    {
        (int Count, string State)[] all =
        [
            (counts.DnsWait, "dnsWait"), (counts.Queued, "queued"), (counts.Running, "running"), (counts.Idle, "idle"), (counts.Backoff, "backoff"),
            (counts.Deferred, "deferred"), (counts.Blocked, "blocked"), (counts.Dormant, "dormant"), (counts.Retired, "retired"),
        ];
        var states = all.Where(state => state.Count > 0).Select(state => $"{state.Count} {state.State}").ToList();
        return states.Count == 0 ? "nothing" : string.Join(", ", states);
    }

    private static string Account(AccountResource? account) =>
        account is null ? "no account yet" : account.Reason is null ? $"account {account.State}" : $"account {account.State}: {account.Reason}";

    private static string Breaker(BreakerResource breaker) => breaker.State switch
    {
        "open" => $"left alone since {Time(breaker.OpenSince!.Value)}, next try {(breaker.ProbeAt is { } probeAt ? Time(probeAt) : "now")} ({breaker.Reason})",
        "limited" => $"its limit holds until {Time(breaker.LimitedUntil!.Value)} ({breaker.Reason})",
        _ => "well",
    };

    private static string Date(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    private static string Days(TimeSpan time) => time.Duration() < TimeSpan.FromDays(2)
        ? string.Create(CultureInfo.InvariantCulture, $"{Math.Truncate(time.TotalHours)} h")
        : string.Create(CultureInfo.InvariantCulture, $"{Math.Truncate(time.TotalDays)} d");
}
