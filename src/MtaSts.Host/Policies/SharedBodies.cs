using MtaSts.Host.Data;

namespace MtaSts.Host.Policies;

/// <summary>One copy of each policy text, however many hosts serve it: most customers of a provider have the same. For one thread.</summary>
internal sealed class SharedBodies
{
    private readonly Dictionary<byte[], Entry> _entries = new(new BytesByContent());

    public int Count => _entries.Count;

    /// <summary>The copy to keep; give each one back by <see cref="Release"/> when its host no longer serves it.</summary>
    public byte[] Share(byte[] body)
    {
        if (!_entries.TryGetValue(body, out var entry))
        {
            entry = new Entry(body);
            _entries.Add(body, entry);
        }

        entry.Uses++;
        return entry.Body;
    }

    public void Release(byte[] body)
    {
        if (_entries.TryGetValue(body, out var entry) && --entry.Uses == 0)
        {
            _entries.Remove(body);
        }
    }

    private sealed class Entry(byte[] body)
    {
        public byte[] Body { get; } = body;

        public int Uses { get; set; }
    }
}
