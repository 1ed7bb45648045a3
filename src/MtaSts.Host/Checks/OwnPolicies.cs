using System.Text;
using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Checks.Records;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Checks;

/// <summary>What is served here for domains, from their rows.</summary>
internal static class OwnPolicies
{
    /// <returns>By the row's id; nothing for damaged rows.</returns>
    public static async Task<IReadOnlyDictionary<long, OwnPolicy>> OfAsync(HostDbContext db, IReadOnlyList<HostedDomain> rows, CancellationToken cancellationToken)
    {
        var ids = rows.Select(row => row.Id).ToList();
        var versions = (await db.PolicyVersions.Where(version => ids.Contains(version.DomainId)).Select(version => new { version.DomainId, version.PolicyId }).ToListAsync(cancellationToken))
            .ToLookup(version => version.DomainId, version => version.PolicyId);
        return rows.Select(row => (Row: row, Policy: row.PolicyOrNull())).Where(pair => pair.Policy is not null).ToDictionary(
            pair => pair.Row.Id,
            pair => new OwnPolicy(pair.Row.PolicyId, [.. versions[pair.Row.Id].Where(id => id != pair.Row.PolicyId)], Encoding.UTF8.GetBytes(pair.Policy!.ToText())));
    }
}
