namespace MtaSts.Host.Notices.Mail;

/// <summary>Section `Mail`.</summary>
internal sealed class MailOptions
{
    /// <summary>`host[:port]` of the server that takes our mail; empty: no mail is sent.</summary>
    public string Server { get; set; } = "";

    /// <summary>The sender's address.</summary>
    public string From { get; set; } = "";

    public MailSecurity Security { get; set; } = MailSecurity.StartTls;

    /// <summary>Empty: no sign-in.</summary>
    public string UserName { get; set; } = "";

    /// <summary>A secret.</summary>
    public string? Password { get; set; }

    /// <summary>PEM file of the roots that the server's certificate is trusted by, instead of the system's.</summary>
    public string TrustedRoots { get; set; } = "";

    // RFC 8314 §3.3, §7.3, and a relay's.
    public int DefaultPort => Security switch
    {
        MailSecurity.Tls => 465,
        MailSecurity.StartTls => 587,
        _ => 25,
    };
}
