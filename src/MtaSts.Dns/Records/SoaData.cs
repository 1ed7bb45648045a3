namespace MtaSts.Dns;

/// <summary>The start of a zone (RFC 1035 §3.3.13).</summary>
/// <param name="PrimaryServer">MNAME.</param>
/// <param name="Mailbox">RNAME: who answers for the zone, its first label standing for what is before the <c>@</c>.</param>
/// <param name="Serial">Rises with each change (RFC 1982).</param>
/// <param name="Refresh">Seconds until a secondary asks again.</param>
/// <param name="Retry">Seconds until it asks again in vain.</param>
/// <param name="Expire">Seconds until it gives up.</param>
/// <param name="Minimum">Seconds that it may be remembered that something is not there, at most (RFC 2308 §4).</param>
public sealed record SoaData(DnsName PrimaryServer, DnsName Mailbox, uint Serial, uint Refresh, uint Retry, uint Expire, uint Minimum) : DnsRecordData
{
    /// <inheritdoc/>
    public override DnsType Type => DnsType.Soa;

    /// <inheritdoc/>
    public override string ToString() => string.Join(' ', PrimaryServer, Mailbox, DnsText.Number(Serial), DnsText.Number(Refresh), DnsText.Number(Retry), DnsText.Number(Expire), DnsText.Number(Minimum));

    internal static SoaData Read(ref DnsReader reader) => new(
        reader.ReadName(), reader.ReadName(), reader.ReadUInt32(), reader.ReadUInt32(), reader.ReadUInt32(), reader.ReadUInt32(), reader.ReadUInt32());

    internal override void Write(DnsWriter writer)
    {
        writer.WriteName(PrimaryServer.Wire, compress: true);
        writer.WriteName(Mailbox.Wire, compress: true);
        writer.WriteUInt32(Serial);
        writer.WriteUInt32(Refresh);
        writer.WriteUInt32(Retry);
        writer.WriteUInt32(Expire);
        writer.WriteUInt32(Minimum);
    }
}
