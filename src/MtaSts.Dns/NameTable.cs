namespace MtaSts.Dns;

/// <summary>
/// Where in a message that is being written which names stand: chains of places by hash, newest first, so that they can be taken back in reverse order.
/// Only places that a pointer's 14 bits reach are kept (RFC 1035 §4.1.4), 8,186 at most.
/// </summary>
internal sealed class NameTable
{
    public const int Reach = 0x4000;

    private const int Buckets = 256;

    // Place of the newest entry of a bucket in _entries, plus one; 0 is none.
    private readonly ushort[] _newest = new ushort[Buckets];
    private Entry[] _entries = new Entry[16];
    private int _count;

    /// <summary>Finds the newest place with the hash, before or after another one.</summary>
    /// <param name="hash">Of a name.</param>
    /// <param name="cursor">0 at the beginning; then as it came back.</param>
    /// <param name="offset">The place; what stands there must still be compared.</param>
    public bool TryNext(uint hash, ref int cursor, out int offset)
    {
        for (var index = cursor == 0 ? _newest[hash % Buckets] : _entries[cursor - 1].Older; index != 0; index = _entries[index - 1].Older)
        {
            if (_entries[index - 1].Hash == hash)
            {
                cursor = index;
                offset = _entries[index - 1].Offset;
                return true;
            }
        }

        offset = 0;
        return false;
    }

    public void Add(uint hash, int offset)
    {
        if (offset >= Reach)
        {
            return;
        }

        if (_count == _entries.Length)
        {
            Array.Resize(ref _entries, _count * 2);
        }

        _entries[_count++] = new Entry(hash, (ushort)offset, _newest[hash % Buckets]);
        _newest[hash % Buckets] = (ushort)_count;
    }

    /// <summary>Forgets all places at and after <paramref name="offset"/>; they were added last.</summary>
    public void Forget(int offset)
    {
        while (_count > 0 && _entries[_count - 1].Offset >= offset)
        {
            var entry = _entries[--_count];
            _newest[entry.Hash % Buckets] = entry.Older;
        }
    }

    private readonly record struct Entry(uint Hash, ushort Offset, ushort Older);
}
