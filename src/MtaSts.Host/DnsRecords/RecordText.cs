using MtaSts.Dns;

namespace MtaSts.Host.DnsRecords;

/// <summary>Data of records as in a zone file, in the one form that <see cref="DnsRecordData"/> writes, so that equal data are equal texts.</summary>
internal static class RecordText
{
    // RFC 1035 §3.3: one character-string.
    private const int LongestString = 255;

    /// <summary>One TXT record; a longer text becomes several strings, which readers join without blanks (RFC 8461 §3.1).</summary>
    public static string Txt(string text) => TextData.Of(text).ToString();

    /// <summary>The CAA property `issue` (RFC 8659 §4.2).</summary>
    public static string Issue(string value) => new CaaData(0, "issue", value).ToString();

    /// <summary>The data that a stored text stands for.</summary>
    /// <exception cref="FormatException">It stands for none.</exception>
    public static DnsRecordData Read(string type, string text) => DnsRecordData.Parse(TypeOf(type), text);

    public static DnsType TypeOf(string type) => Enum.Parse<DnsType>(type, ignoreCase: true);

    /// <summary>Another spelling of the same data in our form; what cannot be read stays as it is. The strings of a TXT record are one text to its readers.</summary>
    public static string Normal(string type, string text)
    {
        try
        {
            var data = Read(type, text);
            return data is TextData texts ? Joined(texts) : data.ToString();
        }
        catch (FormatException)
        {
            return text;
        }
    }

    private static string Joined(TextData texts) => new TextData(texts.Joined().Chunk(LongestString).DefaultIfEmpty([]).Select(part => (ReadOnlyMemory<byte>)part)).ToString();
}
