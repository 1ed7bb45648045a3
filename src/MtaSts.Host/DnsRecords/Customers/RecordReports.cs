using System.Text.Json;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.DnsRecords.Customers;

/// <summary>From looks and rows to what the API shows. Pure.</summary>
internal static class RecordReports
{
    /// <param name="report">What the look found.</param>
    /// <param name="before">The look before it; null: the first one.</param>
    /// <param name="at">When this one was.</param>
    /// <param name="nextAt">When the next one is.</param>
    public static StoredLook Of(CustomerReport report, StoredLook? before, DateTimeOffset at, DateTimeOffset nextAt)
    {
        var known = (before?.Items ?? []).ToLookup(item => (item.Name, item.Type));
        var items = report.Records.Select(judged =>
        {
            var state = RecordWords.Of(judged.State);
            var same = known[(judged.Record.Name, judged.Record.Type)].FirstOrDefault(item => item.State == state);
            return Item(judged.Record, state, judged.Observed, same?.Since ?? at, nextAt, judged.Servers, judged.Problems);
        }).ToList();
        if (report.PublishedId is not { } published)
        {
            // What DNS gave last stands for as long as it says nothing.
            return before?.PolicyId is not null && report.Records.All(judged => judged.State == CustomerState.Unknown)
                ? new StoredLook(items, before.PolicyId, RecordWords.Of(CustomerState.Unknown), before.PolicyIdState == RecordWords.Of(CustomerState.Unknown) ? before.PolicyIdSince : at)
                : new StoredLook(items);
        }

        var word = RecordWords.Of(published.State);
        var isSame = before is not null && (before.PolicyId, before.PolicyIdState) == (published.PolicyId, word);
        return new StoredLook(items, published.PolicyId, word, isSame ? before!.PolicyIdSince : at);
    }

    /// <summary>What the customer has to set now, with what the last look found; a record that has changed since then has not been looked at.</summary>
    public static IReadOnlyList<RecordResource> Repeat(CustomerDomain domain, CustomerSettings settings, StoredLook? look, DateTimeOffset? nextAt)
    {
        var wanted = CustomerRecords.Of(domain, settings);
        var known = (look?.Items ?? []).ToLookup(item => (item.Name, item.Type));
        var items = wanted.Select(record => known[(record.Name, record.Type)].FirstOrDefault() is { } item
            ? item.Wanted.SequenceEqual(record.Wanted)
                ? item with { Use = RecordWords.Of(record.Use), Problems = Present(item, domain) }
                : Item(record, "unknown", item.Observed, null, nextAt, item.Servers, [new RecordProblem(CustomerCodes.Outdated, $"What {record.Name} has to be changed after the last look; it is looked at again soon.")])
            : Item(record, "unknown", [], null, nextAt, [], [new RecordProblem(CustomerCodes.Outdated, $"{record.Name} has not been looked at yet.")]));
        return [.. items, .. known.SelectMany(group => group).Where(item => !wanted.Any(record => (record.Name, record.Type) == (item.Name, item.Type)) && item.Wanted.Count == 0)];
    }

    // The guard may have said more since the look.
    private static IReadOnlyList<RecordProblem> Present(RecordResource item, CustomerDomain domain) => domain.Hold is { } hold && item.Problems.Any(IsHold)
        ? [.. item.Problems.Where(problem => !IsHold(problem)), new RecordProblem(hold.Code, hold.Reason)]
        : item.Problems;

    private static bool IsHold(RecordProblem problem) => problem.Code.StartsWith("guard.", StringComparison.Ordinal);

    public static StoredLook? Read(CustomerLook? row)
    {
        try
        {
            return row is null ? null : JsonSerializer.Deserialize(row.Report, RecordsJson.Default.StoredLook);
        }
        catch (JsonException)
        {
            // Another version's; the next look writes it anew.
            return null;
        }
    }

    /// <summary>A record of the provider's zone, as the row has it.</summary>
    public static RecordResource Of(DnsRecordStatus row, string zone)
    {
        var observed = Observed(row);
        return new RecordResource(
            row.Name,
            row.Type,
            row.Ttl,
            StoredPolicy.Lines(row.Wanted),
            observed.Count > 0 ? [.. observed.SelectMany(server => server.Data).Distinct()] : StoredPolicy.Lines(row.Published),
            RecordWords.Of(row.State),
            RecordWords.Provider,
            RecordWords.Of(CustomerRecords.Trees.FirstOrDefault(tree => row.Name.EndsWith($".{tree.Value}.{zone}", StringComparison.Ordinal)).Key),
            RecordWords.Of(row.Wanted is null ? RecordUse.Optional : RecordUse.Needed),
            row.Since,
            row.DueAt,
            observed,
            row.Code is null && row.Reason is null ? [] : [new RecordProblem(row.Code ?? "", row.Reason ?? "")]);
    }

    private static List<ServerObservation> Observed(DnsRecordStatus row)
    {
        try
        {
            return row.Observed is null ? [] : JsonSerializer.Deserialize(row.Observed, DnsRecordsJson.Default.ListServerObservation) ?? [];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    private static RecordResource Item(
        CustomerRecord record, string state, IReadOnlyList<string> observed, DateTimeOffset? since, DateTimeOffset? nextAt, IReadOnlyList<ServerObservation> servers, IReadOnlyList<RecordProblem> problems) => new(
        record.Name, record.Type, record.Ttl, record.Wanted, observed, state, RecordWords.Customer, RecordWords.Of(record.Purpose), RecordWords.Of(record.Use), since, nextAt, servers, problems);
}
