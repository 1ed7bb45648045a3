using System.Net;

namespace MtaSts.Host.Checks.Mail;

/// <summary>One address of a mail server, as a sender met it.</summary>
/// <param name="Address">The address that was connected to.</param>
/// <param name="End">How far it came.</param>
/// <param name="Detail">What went wrong, for people; may hold what the server said. Empty: nothing did.</param>
/// <param name="Dialogue">Lines of SMTP, ours with `C: ` and the server's with `S: ` in front.</param>
/// <param name="Tls">Null: no handshake was completed.</param>
/// <param name="OldTls">Only where the handshake failed: the server speaks TLS, but nothing newer than this, in words.</param>
/// <param name="Took">From the connection on.</param>
internal sealed record MailAddress(
    IPAddress Address,
    MailEnd End,
    string Detail,
    IReadOnlyList<string> Dialogue,
    TlsFacts? Tls,
    string? OldTls,
    TimeSpan Took);

/// <summary>How far a sender comes at an address.</summary>
internal enum MailEnd
{
    /// <summary>Through STARTTLS and the second EHLO; what the certificate is worth is another matter.</summary>
    Secured,

    /// <summary>Private or special: no request of ours goes there.</summary>
    NotAllowed,

    /// <summary>Another check was there all the time, or the time was up before.</summary>
    NotLookedAt,

    /// <summary>No connection, none in time, or one that ends before the server has said anything.</summary>
    Unreachable,

    /// <summary>The server greets or answers EHLO with 4xx or 5xx.</summary>
    Refused,

    /// <summary>It speaks no SMTP, ends within the dialogue, is too slow, or sends without end.</summary>
    Broken,

    /// <summary>EHLO is answered, without STARTTLS.</summary>
    NoStartTls,

    /// <summary>STARTTLS is offered; then it is refused, or the handshake fails.</summary>
    StartTlsFailed,
}
