using MtaSts.Host.Data;

namespace MtaSts.Host.Nodes;

/// <summary>What this node serves now; set by the loader of policies, told to the others by the heartbeat. Safe from all threads.</summary>
internal sealed class ServedPosition
{
    private volatile StorePosition? _current;

    /// <summary>Null before the first load.</summary>
    public StorePosition? Current
    {
        get => _current;
        set => _current = value;
    }
}
