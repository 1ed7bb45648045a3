namespace MtaSts.Host.DnsRecords.Server;

/// <summary>The serial number of the zone, made of the time of its newest change, so that all nodes come to the same one.</summary>
internal static class ZoneSerial
{
    // Numbers are compared by RFC 1982: in tenths of a second a zone may be left unchanged for six years before a change looks older than the one before.
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(0.1);

    public static uint Of(DateTimeOffset newest) => unchecked((uint)(newest.UtcTicks / Step.Ticks));
}
