namespace MtaSts.Dns;

/// <summary>Data that are one name: NS (RFC 1035 §3.3.11) and CNAME (§3.3.1).</summary>
public sealed record NameData : DnsRecordData
{
    /// <summary>Data of one name.</summary>
    /// <param name="type">NS or CNAME.</param>
    /// <param name="target">The name.</param>
    /// <exception cref="ArgumentException">Another type.</exception>
    public NameData(DnsType type, DnsName target)
    {
        ArgumentNullException.ThrowIfNull(target);
        Type = type is DnsType.Ns or DnsType.Cname ? type : throw new ArgumentException("NS and CNAME are one name.", nameof(type));
        Target = target;
    }

    /// <inheritdoc/>
    public override DnsType Type { get; }

    /// <summary>The name.</summary>
    public DnsName Target { get; }

    /// <inheritdoc/>
    public override string ToString() => Target.ToString();

    internal override void Write(DnsWriter writer) => writer.WriteName(Target.Wire, compress: true);
}
