namespace MtaSts.Dns;

/// <summary>A record (RFC 1035 §4.1.3). Immutable; equal where all parts are, names without regard to case.</summary>
/// <param name="Name">Whose it is.</param>
/// <param name="Class">The class; of EDNS a size (RFC 6891 §6.1.2).</param>
/// <param name="TimeToLive">Seconds that it may be remembered; as it stands, though above 2^31 it means 0 (RFC 2181 §8).</param>
/// <param name="Data">The data, with their type.</param>
public sealed record DnsRecord(DnsName Name, DnsClass Class, uint TimeToLive, DnsRecordData Data)
{
    /// <summary>A record of the Internet.</summary>
    public DnsRecord(DnsName name, uint timeToLive, DnsRecordData data)
        : this(name, DnsClass.In, timeToLive, data)
    {
    }

    /// <summary>The type.</summary>
    public DnsType Type => Data.Type;

    /// <summary>The data as in a zone file.</summary>
    public string DataText => Data.ToString()!;

    /// <summary>The line of a zone file: <c>_mta-sts.example.test. 300 IN TXT "v=STSv1; id=1;"</c>.</summary>
    public override string ToString() => $"{Name} {DnsText.Number(TimeToLive)} {DnsText.Of(Class)} {DnsText.Of(Type)} {DataText}";
}
