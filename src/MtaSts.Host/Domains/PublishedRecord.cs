using MtaSts.Dns;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Domains;

/// <summary>The TXT record that announces a domain's policy id in the provider's zone, as `dns_records` has it.</summary>
internal static class PublishedRecord
{
    /// <summary>The id that every server gives; null when there is none.</summary>
    public static string? IdOf(DnsRecordStatus record) => StoredPolicy.Lines(record.Published) is [var line] ? StsRecord.Read([DnsText.Joined(line)]).Id : null;
}
