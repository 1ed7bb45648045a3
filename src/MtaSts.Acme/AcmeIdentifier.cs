namespace MtaSts.Acme;

/// <summary>What a certificate is for (RFC 8555 §9.7.7). Immutable.</summary>
/// <param name="Type"><c>dns</c>; others are kept as the CA wrote them.</param>
/// <param name="Value">The name, as the CA wrote it.</param>
public sealed record AcmeIdentifier(string Type, string Value);
