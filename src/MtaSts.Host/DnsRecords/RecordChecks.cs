using System.Collections.Concurrent;
using System.Security.Cryptography;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Lookups;

namespace MtaSts.Host.DnsRecords;

/// <summary>Asks every authoritative server for a record that was handed to DNS. Safe from all threads.</summary>
internal sealed class RecordChecks(AuthoritativeLook look, TimeProvider clock)
{
    private static readonly TimeSpan SiblingHolds = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<string, (IReadOnlyList<ServerAnswer> Answers, long At)> _siblings = new();

    public async Task<RecordCheck> CheckAsync(DnsRecordStatus row, CancellationToken cancellationToken)
    {
        var answers = await look.AskAllAsync(row.Name, row.Type, cancellationToken);
        var sibling = row.Type == "TXT" ? await SiblingAsync(row.Name[(row.Name.IndexOf('.', StringComparison.Ordinal) + 1)..], cancellationToken) : null;
        return RecordCheckRules.Judge(row.Type, RecordRules.Lines(row.Wanted), answers, sibling);
    }

    // A wildcard beside our labels would answer for those that are gone, and for those that strangers make up.
    private async Task<IReadOnlyList<ServerAnswer>> SiblingAsync(string parent, CancellationToken cancellationToken)
    {
        if (!_siblings.TryGetValue(parent, out var known) || clock.GetElapsedTime(known.At) >= SiblingHolds)
        {
            known = (await look.AskAllAsync($"{RandomNumberGenerator.GetHexString(26, lowercase: true)}.{parent}", "TXT", cancellationToken), clock.GetTimestamp());
            _siblings[parent] = known;
        }

        return known.Answers;
    }
}
