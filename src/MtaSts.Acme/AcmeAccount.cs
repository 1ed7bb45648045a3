namespace MtaSts.Acme;

/// <summary>Who signs: an account at one CA, with its key (RFC 8555 §7.3). Immutable.</summary>
/// <param name="Url">The account's URL, <c>kid</c> of its requests; another at each CA, and another for a CA's staging.</param>
/// <param name="Key">The account's key. The caller disposes of it.</param>
public sealed record AcmeAccount(Uri Url, AccountKey Key);
