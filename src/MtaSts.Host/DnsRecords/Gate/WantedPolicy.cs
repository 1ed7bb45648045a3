using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.DnsRecords.Gate;

/// <summary>What a node must give out for a domain, by its row in the store.</summary>
/// <param name="DomainId">The row.</param>
/// <param name="Revision">Of the row.</param>
/// <param name="Host">The policy host.</param>
/// <param name="PolicyId">The entity tag, without quotes.</param>
/// <param name="Body">Null: the row is damaged, and what was served before is served on.</param>
internal sealed record WantedPolicy(long DomainId, long Revision, string Host, string PolicyId, byte[]? Body)
{
    public static WantedPolicy Of(HostedDomain row) => new(row.Id, row.Revision, MailDomain.PolicyHostPrefix + row.Name, row.PolicyId, row.PolicyOrNull()?.ToUtf8());
}
