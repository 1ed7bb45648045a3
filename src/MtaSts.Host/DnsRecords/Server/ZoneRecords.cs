using System.Collections.Concurrent;
using MtaSts.Dns;

namespace MtaSts.Host.DnsRecords.Server;

/// <summary>Label -> all its RRsets, in all parts. Read from all threads without locks or allocation; written by one at a time, an RRset is swapped as a whole.</summary>
internal sealed class ZoneRecords
{
    private readonly ConcurrentDictionary<ZoneLabel, RecordSet[]> _labels = new();

    /// <summary>How many labels have records.</summary>
    public int Labels => _labels.Count;

    /// <summary>The label's sets of one part are those whose <see cref="RecordSet.Part"/> says so.</summary>
    public ReadOnlySpan<RecordSet> Find(ZoneLabel label) => _labels.TryGetValue(label, out var sets) ? sets : [];

    /// <summary>Puts the set in the place of the one of its part and type.</summary>
    public void Put(ZoneLabel label, RecordSet set)
    {
        if (!_labels.TryGetValue(label, out var sets))
        {
            _labels[label] = [set];
            return;
        }

        var at = Array.FindIndex(sets, known => known.Part == set.Part && known.Type == set.Type);
        if (at < 0 || !sets[at].IsSameAs(set))
        {
            _labels[label] = at < 0 ? [.. sets, set] : [.. sets[..at], set, .. sets[(at + 1)..]];
        }
    }

    /// <summary>Takes the set away, if there is one.</summary>
    public void Remove(ZoneLabel label, ZonePart part, DnsType type)
    {
        if (!_labels.TryGetValue(label, out var sets))
        {
            return;
        }

        RecordSet[] rest = [.. sets.Where(set => set.Part != part || set.Type != type)];
        if (rest.Length == 0)
        {
            _labels.TryRemove(label, out _);
        }
        else if (rest.Length < sets.Length)
        {
            _labels[label] = rest;
        }
    }
}
