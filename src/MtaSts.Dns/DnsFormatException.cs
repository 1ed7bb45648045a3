using System.Globalization;

namespace MtaSts.Dns;

/// <summary>The octets are not a DNS message. What is wrong is in the message, and where.</summary>
public sealed class DnsFormatException : FormatException
{
    internal DnsFormatException(string fault, int offset)
        : base(string.Create(CultureInfo.InvariantCulture, $"{fault}, at octet {offset}"))
    {
        Fault = fault;
        Offset = offset;
    }

    /// <summary>What is wrong, without the place.</summary>
    public string Fault { get; }

    /// <summary>Where in the message it was found; it begins with 0.</summary>
    public int Offset { get; }
}
