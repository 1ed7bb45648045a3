namespace MtaSts.Host.Notices.Mail;

/// <summary>How the mail server is spoken with.</summary>
internal enum MailSecurity
{
    /// <summary>STARTTLS; a server that does not offer it gets no mail.</summary>
    StartTls,

    /// <summary>TLS from the first byte (RFC 8314 §3.3).</summary>
    Tls,

    /// <summary>In the clear: for a relay on the same machine.</summary>
    None,
}
