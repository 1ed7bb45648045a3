using MtaSts.Dns;

namespace MtaSts.Host.DnsRecords.Server;

/// <summary>
/// `Dns:Zone` in memory. Names in it are the apex, the parts, and labels below the parts. Read from all threads without locks; <see cref="ZoneLoader"/> alone
/// writes.
/// </summary>
internal sealed class Zone
{
    /// <summary>Seconds that a missing name is remembered at most (RFC 2308 §5): a label may come soon after somebody asked for it.</summary>
    public const uint NegativeTimeToLive = 60;

    private const uint SoaTimeToLive = 300;
    private const uint NameServersTimeToLive = 3600;

    // Nobody transfers the zone; these are for who reads them.
    private const uint Refresh = 3600;
    private const uint Retry = 600;
    private const uint Expire = 604_800;

    private readonly DnsName _mailbox;
    private volatile ZoneRecords _records = new();
    private volatile DnsRecord _soa;
    private volatile DnsRecord _negativeSoa;

    /// <param name="name">The zone.</param>
    /// <param name="nameServers">One at least; the first is the SOA record's.</param>
    /// <param name="contact">Mail address, or empty for `hostmaster` at the zone.</param>
    /// <exception cref="FormatException">One of them is not a name.</exception>
    public Zone(string name, IReadOnlyList<string> nameServers, string contact)
    {
        Name = DnsName.Parse(name);
        NameServers = [.. nameServers.Select(server => new DnsRecord(Name, NameServersTimeToLive, new NameData(DnsType.Ns, DnsName.Parse(server))))];
        _mailbox = Mailbox(contact.Length > 0 ? contact : $"hostmaster@{name}");
        (_soa, _negativeSoa) = Soas(1);
    }

    public DnsName Name { get; }

    public IReadOnlyList<DnsRecord> NameServers { get; }

    public DnsRecord Soa => _soa;

    /// <summary>For answers that there is nothing: its time to live is how long that holds (RFC 2308 §3).</summary>
    public DnsRecord NegativeSoa => _negativeSoa;

    /// <summary>A full load puts another one in its place.</summary>
    public ZoneRecords Records
    {
        get => _records;
        set => _records = value;
    }

    public uint Serial
    {
        get => ((SoaData)_soa.Data).Serial;
        set => (_soa, _negativeSoa) = Soas(value);
    }

    /// <param name="name">As in a message, without pointers, in any case.</param>
    public ZonePlace Find(ReadOnlySpan<byte> name)
    {
        var zone = Name.Wire;
        var depth = 0;
        while (name.Length - depth > zone.Length)
        {
            depth += name[depth] + 1;
        }

        if (!DnsNameComparer.Instance.Equals(name[depth..], Name))
        {
            return new(ZonePlaceKind.Outside);
        }

        // Lengths of labels are below the letters.
        Span<byte> below = stackalloc byte[DnsName.MaxLength];
        for (var at = 0; at < depth; at++)
        {
            below[at] = name[at] is >= (byte)'A' and <= (byte)'Z' ? (byte)(name[at] | 0x20) : name[at];
        }

        below = below[..depth];
        return depth == 0 ? new(ZonePlaceKind.Apex) : FindBelow(below);
    }

    private static ZonePlace FindBelow(ReadOnlySpan<byte> name)
    {
        if (PartOf(name) is not null || name.SequenceEqual("\u0004_tls"u8))
        {
            return new(ZonePlaceKind.Empty);
        }

        var length = name[0] + 1;
        return PartOf(name[length..]) is { } part && ZoneLabel.TryRead(name[1..length], out var label)
            ? new(ZonePlaceKind.Label, part, label)
            : new(ZonePlaceKind.Nowhere);
    }

    private static ZonePart? PartOf(ReadOnlySpan<byte> name)
    {
        if (name.SequenceEqual("\u0004host"u8))
        {
            return ZonePart.Hosts;
        }

        if (name.SequenceEqual("\u0008_mta-sts"u8))
        {
            return ZonePart.Policies;
        }

        if (name.SequenceEqual("\u0005_smtp\u0004_tls"u8))
        {
            return ZonePart.Reports;
        }

        return name.SequenceEqual("\u0005_acme"u8) ? ZonePart.Challenges : null;
    }

    // RFC 1035 §8: what is before the @ is one label, whatever dots it has.
    private static DnsName Mailbox(string address)
    {
        var at = address.LastIndexOf('@');
        return DnsName.Parse(address[(at + 1)..]).Prepend(System.Text.Encoding.UTF8.GetBytes(address[..at]));
    }

    private (DnsRecord Soa, DnsRecord NegativeSoa) Soas(uint serial)
    {
        var data = new SoaData(((NameData)NameServers[0].Data).Target, _mailbox, serial, Refresh, Retry, Expire, NegativeTimeToLive);
        return (new DnsRecord(Name, SoaTimeToLive, data), new DnsRecord(Name, NegativeTimeToLive, data));
    }
}
