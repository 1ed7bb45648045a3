namespace MtaSts.Dns;

/// <summary>What a zone may cost; a server that sends more is not listened to any longer.</summary>
/// <param name="Octets">Of all messages together.</param>
/// <param name="Records">Of all messages together.</param>
/// <param name="Time">From the connection to the last record; what the reader of the records does in between counts.</param>
public sealed record DnsTransferLimits(long Octets, long Records, TimeSpan Time);
