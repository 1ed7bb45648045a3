namespace MtaSts.Dns;

/// <summary>What is asked (RFC 1035 §4.1.2); of an update, its zone (RFC 2136 §2.3).</summary>
/// <param name="Name">The name.</param>
/// <param name="Type">The type; SOA for a zone.</param>
/// <param name="Class">The class.</param>
public sealed record DnsQuestion(DnsName Name, DnsType Type, DnsClass Class = DnsClass.In)
{
    /// <summary>As <c>dig</c> shows it: <c>example.test. IN TXT</c>.</summary>
    public override string ToString() => $"{Name} {DnsText.Of(Class)} {DnsText.Of(Type)}";
}
