using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Domains.Ownership;

namespace MtaSts.Host.Domains;

/// <summary>The TXT record that announces a domain's policy id in the provider's zone, as `dns_records` has it.</summary>
internal static class PublishedRecord
{
    /// <summary>Null while nothing is out.</summary>
    public static PublishedDns? Of(IEnumerable<DnsRecordStatus> records, ProofNames names) =>
        names.AliasTarget is { } target && records.SingleOrDefault(record => record.Name == target) is { PublishedAt: { } since } found && IdOf(found) is { } id
            ? new PublishedDns(id, Word(found.State), since)
            : null;

    /// <summary>The id that every server gives; null when there is none.</summary>
    public static string? IdOf(DnsRecordStatus record) => StoredPolicy.Lines(record.Published) is [var line] ? StsRecord.Read([line.Trim('"')]).Id : null;

    private static string Word(DnsRecordState state) => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(state.ToString());
}
