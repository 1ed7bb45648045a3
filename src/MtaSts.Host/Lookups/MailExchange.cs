namespace MtaSts.Host.Lookups;

/// <summary>One MX record (RFC 5321 §5.1).</summary>
/// <param name="Preference">The lowest comes first.</param>
/// <param name="Name">Lower case, no final dot; empty: the root's name, for «no mail» (RFC 7505).</param>
internal sealed record MailExchange(int Preference, string Name);
