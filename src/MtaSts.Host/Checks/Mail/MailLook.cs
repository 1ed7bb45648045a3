namespace MtaSts.Host.Checks.Mail;

/// <summary>Goes to the mail servers of a domain as a sender does, up to where mail would begin. Never throws for what the other side does. Safe from all threads.</summary>
internal sealed class MailLook
{
    public Task<MailFacts> LookAsync(string domain, CancellationToken cancellationToken) => throw new NotImplementedException();
}
