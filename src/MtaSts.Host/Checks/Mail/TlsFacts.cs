namespace MtaSts.Host.Checks.Mail;

/// <summary>A handshake and the certificates that came with it.</summary>
/// <param name="Version">Such as `TLS 1.3`.</param>
/// <param name="Cipher">IANA's name of the suite.</param>
/// <param name="Chain">As it was sent, the server's own first.</param>
/// <param name="Distrust">Why no trusted root stands behind it; null: one does.</param>
/// <param name="MatchesName">A DNS name of the certificate covers the host's (RFC 8461 §4.2).</param>
internal sealed record TlsFacts(string Version, string Cipher, IReadOnlyList<CertificateFacts> Chain, string? Distrust, bool MatchesName);

/// <summary>One certificate as it was sent.</summary>
/// <param name="Subject">Distinguished name.</param>
/// <param name="Issuer">Distinguished name.</param>
/// <param name="NotBefore">Valid from.</param>
/// <param name="NotAfter">Valid until.</param>
/// <param name="Names">DNS names of its subjectAltName.</param>
/// <param name="NamesIssuerUrl">It says where its issuer's certificate lies (RFC 5280 §4.2.2.1), as those of public CAs do.</param>
/// <param name="Digests">For TLSA records.</param>
internal sealed record CertificateFacts(
    string Subject, string Issuer, DateTimeOffset NotBefore, DateTimeOffset NotAfter, IReadOnlyList<string> Names, bool NamesIssuerUrl, CertificateDigests Digests);

/// <summary>What TLSA records name a certificate by (RFC 6698 §2.1.2, §2.1.3), in lower-case hexadecimal digits.</summary>
/// <param name="Whole256">SHA-256 of the certificate.</param>
/// <param name="Whole512">SHA-512 of the certificate.</param>
/// <param name="Key256">SHA-256 of its SubjectPublicKeyInfo.</param>
/// <param name="Key512">SHA-512 of its SubjectPublicKeyInfo.</param>
internal sealed record CertificateDigests(string Whole256, string Whole512, string Key256, string Key512);
