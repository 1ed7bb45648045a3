using System.Net;
using System.Net.Sockets;

namespace MtaSts.Dns;

/// <summary>An address: A (RFC 1035 §3.4.1) or AAAA (RFC 3596 §2.2), after the kind of the address.</summary>
public sealed record AddressData : DnsRecordData
{
    private readonly byte[] _octets;

    /// <summary>Data of an address.</summary>
    /// <param name="address">IPv4 or IPv6; a scope is not kept.</param>
    public AddressData(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        _octets = address.GetAddressBytes();
        Address = new IPAddress(_octets);
    }

    /// <summary>The address.</summary>
    public IPAddress Address { get; }

    /// <inheritdoc/>
    public override DnsType Type => Address.AddressFamily == AddressFamily.InterNetwork ? DnsType.A : DnsType.Aaaa;

    /// <inheritdoc/>
    public bool Equals(AddressData? other) => other is not null && Address.Equals(other.Address);

    /// <inheritdoc/>
    public override int GetHashCode() => Address.GetHashCode();

    /// <inheritdoc/>
    public override string ToString() => Address.ToString();

    // Text that IPAddress reads otherwise than it is meant (`10.1`, a scope) does not come out as it went in.
    internal static AddressData OfText(DnsType type, string text) =>
        IPAddress.TryParse(text, out var address) && new AddressData(address) is var data && data.Type == type && (type == DnsType.Aaaa || data.ToString() == text) && !text.Contains('%', StringComparison.Ordinal) && !text.Contains('[', StringComparison.Ordinal)
            ? data
            : throw new FormatException("Not an address of that type.");

    internal static AddressData Read(ref DnsReader reader, DnsType type, int length) => length == (type == DnsType.A ? 4 : 16)
        ? new AddressData(new IPAddress(reader.ReadOctets(length)))
        : throw reader.Wrong("an address of another length");

    internal override void Write(DnsWriter writer) => writer.WriteOctets(_octets);
}
