namespace MtaSts.Dns;

/// <summary>
/// The data of a record, of one type. Immutable; equal where type and data are, names in them without regard to case. <c>ToString()</c> gives the
/// text of a zone file (RFC 1035 §5.1, RFC 3597 §5).
/// </summary>
public abstract record DnsRecordData
{
    private protected DnsRecordData()
    {
    }

    /// <summary>The type.</summary>
    public abstract DnsType Type { get; }

    /// <summary>Reads data of A, AAAA, TXT or CAA from their text in a zone file (RFC 1035 §5.1), on one line and without a comment.</summary>
    /// <exception cref="FormatException">They are not data of that type.</exception>
    public static DnsRecordData Parse(DnsType type, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        try
        {
            return type switch
            {
                DnsType.A or DnsType.Aaaa => AddressData.OfText(type, text),
                DnsType.Txt => new TextData(DnsText.ReadStrings(text)),
                DnsType.Caa => CaaData.OfText(text),
                _ => throw new FormatException("Data of this type are not read from text."),
            };
        }
        catch (ArgumentException exception)
        {
            throw new FormatException(exception.Message, exception);
        }
    }

    internal abstract void Write(DnsWriter writer);

    internal static DnsRecordData Read(ref DnsReader reader, DnsType type, DnsClass value, uint timeToLive, int length)
    {
        var end = reader.Position + length;
        if (length > reader.Remaining)
        {
            throw reader.Wrong("data longer than the message");
        }

        DnsRecordData data = type switch
        {
            DnsType.Opt => OptData.Read(ref reader, value, timeToLive, length),
            DnsType.Tsig => TsigData.Read(ref reader),
            // RFC 2136 §2.4, §2.5: where only name and type count, there are no data.
            _ when length == 0 && value is DnsClass.Any or DnsClass.None => new RawData(type, default),
            // Other classes have other addresses.
            DnsType.A or DnsType.Aaaa when value is DnsClass.In or DnsClass.None => AddressData.Read(ref reader, type, length),
            DnsType.Ns or DnsType.Cname => new NameData(type, reader.ReadName()),
            DnsType.Soa => SoaData.Read(ref reader),
            DnsType.Txt => TextData.Read(ref reader, length),
            DnsType.Caa => CaaData.Read(ref reader, length),
            _ => new RawData(type, reader.ReadOctets(length).ToArray()),
        };
        return reader.Position == end ? data : throw reader.Wrong("data that do not end where their length says");
    }
}
