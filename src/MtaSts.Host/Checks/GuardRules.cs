using MtaSts.Host.Api;
using MtaSts.Host.Checks.Mail;
using MtaSts.Host.Domains;

namespace MtaSts.Host.Checks;

/// <summary>Does a policy in `enforce` keep mail from a server that the domain has? Pure.</summary>
internal static class GuardRules
{
    private const string Refused = "guard.refused";
    private const string Unknown = "guard.unknown";

    /// <param name="facts">The servers as they are now.</param>
    /// <param name="policy">As it would be.</param>
    public static GuardFinding Judge(MailFacts facts, StsPolicy policy)
    {
        FieldError[] findings = [.. MailRules.Judge(facts, policy).Advisories
            .Where(advisory => advisory.Severity > Severity.Info)
            .OrderByDescending(advisory => advisory.Severity)
            .Select(advisory => new FieldError(advisory.Code, "policy.mx", $"{advisory.Subject}: {advisory.Message} {advisory.Fix}", advisory.Rfc))];
        if (facts.Kind == MxKind.Failed)
        {
            return new GuardFinding(true, Unknown, $"DNS does not say which mail servers {facts.Domain} has, so nobody knows whether mail would still come. Try again later.", findings);
        }

        // Nothing is no word: a resolver that asked before there were any, or one that lies, finds no mail servers either.
        if (facts.Kind == MxKind.None)
        {
            return new GuardFinding(true, Unknown, $"DNS knows no mail servers of {facts.Domain}, so nobody knows whether mail would still come. Set its MX records first; a resolver may remember for a while that there were none.", findings);
        }

        // That it takes no mail is a word of the domain's own.
        if (facts.Kind == MxKind.Null)
        {
            return new GuardFinding(false, "", "", findings);
        }

        var hosts = MailRules.Hosts(facts, policy);
        string[] bad = [.. hosts.Where(host => host.Delivery is MailDelivery.No or MailDelivery.Sometimes).Select(host => host.Host)];
        if (bad.Length > 0)
        {
            return new GuardFinding(true, Refused, $"Senders would not deliver to {string.Join(", ", bad)} any more; errors says why. Mend that first.", findings);
        }

        return hosts.Any(host => host.Delivery == MailDelivery.Yes)
            ? new GuardFinding(false, "", "", findings)
            : new GuardFinding(true, Unknown, $"None of the mail servers of {facts.Domain} could be looked at, so nobody knows whether mail would still come. Try again, or see that connections to port 25 leave this network.", findings);
    }
}
