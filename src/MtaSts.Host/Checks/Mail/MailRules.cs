namespace MtaSts.Host.Checks.Mail;

/// <summary>What a strict sender thinks of the mail servers of a domain (RFC 8461 §4). Pure.</summary>
internal static class MailRules
{
    /// <summary>The steps `mx` and `smtp`.</summary>
    /// <param name="facts">What was seen.</param>
    /// <param name="policy">Null: there is none, the servers are judged without.</param>
    public static CheckPart Judge(MailFacts facts, StsPolicy? policy) => throw new NotImplementedException();

    /// <summary>Each host alone, those too that were not looked at; in the order of a sender.</summary>
    public static IReadOnlyList<MailHostResult> Hosts(MailFacts facts, StsPolicy? policy) => throw new NotImplementedException();
}
