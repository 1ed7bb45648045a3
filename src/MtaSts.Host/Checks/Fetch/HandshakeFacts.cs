namespace MtaSts.Host.Checks.Fetch;

/// <summary>A finished TLS handshake and the certificate that came with it. Whether it is right was not a condition for going on.</summary>
/// <param name="Protocol">Such as `TLS 1.3`.</param>
/// <param name="Cipher">The suite.</param>
/// <param name="Names">DNS names of the subjectAltName, a few.</param>
/// <param name="Issuer">Its name as the certificate has it.</param>
/// <param name="NotBefore">Of the server's certificate.</param>
/// <param name="NotAfter">The same.</param>
/// <param name="NamesHost">Does a DNS name of the subjectAltName stand for the policy host?</param>
/// <param name="Sent">How many certificates came.</param>
/// <param name="Distrust">Why the chain leads to no trusted root; null: it does.</param>
internal sealed record HandshakeFacts(
    string Protocol, string Cipher, IReadOnlyList<string> Names, string Issuer, DateTimeOffset NotBefore, DateTimeOffset NotAfter, bool NamesHost, int Sent, string? Distrust);
