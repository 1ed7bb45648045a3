namespace MtaSts.Dns;

/// <summary>A place in a message that is being written, to come back to: <see cref="DnsWriter.Mark"/>, <see cref="DnsWriter.RollBack"/>.</summary>
public readonly record struct DnsMark
{
    internal DnsMark(int length, ulong counts, bool isFull)
    {
        Length = length;
        Counts = counts;
        IsFull = isFull;
    }

    /// <summary>Octets of the message up to there.</summary>
    public int Length { get; }

    internal ulong Counts { get; }

    internal bool IsFull { get; }
}
