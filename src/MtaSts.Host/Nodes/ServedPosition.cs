using MtaSts.Host.Data;

namespace MtaSts.Host.Nodes;

/// <summary>What this node serves now; told to the others by the heartbeat. Safe from all threads.</summary>
internal sealed class ServedPosition
{
    private volatile StorePosition? _current;
    private volatile StorePosition? _verified;

    /// <summary>What is in memory, set by the loader of policies; null before the first load.</summary>
    public StorePosition? Current
    {
        get => _current;
        set => _current = value;
    }

    /// <summary>
    /// Up to where every change has been fetched from this node's own Policy endpoint, or stands in <see cref="NodeFaults"/>; null before the first look. Only this
    /// is told to the others.
    /// </summary>
    public StorePosition? Verified => _verified;

    /// <summary>Where the Policy endpoint listens, as <see cref="Data.Tables.NodeHeartbeat.PolicyAddresses"/> says it; empty before it does.</summary>
    public string PolicyAddresses { get; set; } = "";

    /// <summary>Pulses when there is something new to tell.</summary>
    public Signal News { get; } = new();

    /// <summary>Faults that belong to this position are to be in <see cref="NodeFaults"/> before.</summary>
    public void Verify(StorePosition position)
    {
        _verified = position;
        News.Pulse();
    }
}
