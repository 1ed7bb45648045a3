using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Data;
using MtaSts.Host.DnsRecords.Publishers;

namespace MtaSts.Host.DnsRecords.Comparison;

/// <summary>
/// Records of a zone that had no row when the comparison began: those whose name no row, no domain and no label of former times knows by now either are
/// strangers'. Asked in batches, after each was read from the zone, so that what was added in between is no stranger. For one thread.
/// </summary>
internal sealed class UnknownNames(Store store, ZoneNames names)
{
    private const int Batch = 500;
    private const int MostData = 5;
    private const int LongestData = 255;

    private readonly List<ZoneItem> _batch = [];
    private readonly List<string> _data = [];
    private ListedRecord? _last;

    /// <summary>Record sets, of all.</summary>
    public int Count { get; private set; }

    /// <summary>The first of them.</summary>
    public List<ZoneItem> First { get; } = [];

    public async Task AddAsync(ListedRecord record, CancellationToken cancellationToken)
    {
        if (_last is not null && (_last.Name, _last.Type) != (record.Name, record.Type))
        {
            Close();
        }

        _last = record;
        if (_data.Count < MostData)
        {
            _data.Add(record.Data.Length <= LongestData ? record.Data : record.Data[..LongestData] + "…");
        }

        if (_batch.Count >= Batch)
        {
            await JudgeAsync(cancellationToken);
        }
    }

    /// <summary>After the last one.</summary>
    public Task EndAsync(CancellationToken cancellationToken)
    {
        if (_last is not null)
        {
            Close();
        }

        return JudgeAsync(cancellationToken);
    }

    private void Close()
    {
        _batch.Add(new ZoneItem(_last!.Name, _last.Type, [.. _data]));
        _data.Clear();
        _last = null;
    }

    private async Task JudgeAsync(CancellationToken cancellationToken)
    {
        string[] owners = [.. _batch.Select(item => item.Name).Distinct()];
        string[] labels = [.. owners.Select(names.LabelOf).OfType<string>().Distinct()];
        await using var db = store.Open();
        var known = (await db.DnsRecords.Where(row => owners.Contains(row.Name)).Select(row => row.Name).ToListAsync(cancellationToken)).ToHashSet(StringComparer.Ordinal);
        var given = (await db.Domains.Where(row => labels.Contains(row.Label)).Select(row => row.Label)
            .Concat(db.RemovedDomains.Where(row => labels.Contains(row.Label)).Select(row => row.Label)).ToListAsync(cancellationToken)).ToHashSet(StringComparer.Ordinal);
        foreach (var item in _batch.Where(item => !known.Contains(item.Name) && !(names.LabelOf(item.Name) is { } label && given.Contains(label))))
        {
            Count++;
            if (First.Count < ZoneItems.Most)
            {
                First.Add(item);
            }
        }

        _batch.Clear();
    }
}
