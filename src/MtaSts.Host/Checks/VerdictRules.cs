using MtaSts.Host.Checks.Mail;

namespace MtaSts.Host.Checks;

/// <summary>Would a strict sender deliver? (RFC 8461 §5.) Pure.</summary>
internal static class VerdictRules
{
    /// <param name="policy">As a strict sender finds it; null: it finds none, or none that it can use.</param>
    /// <param name="kind">Where the hosts come from.</param>
    /// <param name="hosts">What it does with each in `enforce`, in its order.</param>
    public static CheckVerdict Of(StsPolicy? policy, MxKind kind, IReadOnlyList<MailHostResult> hosts)
    {
        if (kind == MxKind.Null)
        {
            return Alike(policy, new DeliveryVerdict(DeliveryOutcome.NoMail, "The domain says that it takes no mail (RFC 7505).", [], []));
        }

        if (hosts.Count == 0)
        {
            return Alike(policy, new DeliveryVerdict(
                DeliveryOutcome.Unknown, kind == MxKind.Failed ? "DNS does not say which mail servers the domain has." : "The domain has no mail server: there is nothing to deliver to.", [], []));
        }

        var enforced = policy is null || policy.Mode == StsMode.None ? null : Enforced(hosts);
        var now = policy?.Mode switch
        {
            StsMode.Enforce => enforced!,
            StsMode.Testing => Everywhere(hosts, enforced!.Refuses.Count == 0
                ? "The policy is in testing: mail goes to every server."
                : "The policy is in testing: mail goes to every server, and what enforce would refuse is reported."),
            StsMode.None => Everywhere(hosts, "The policy says none: mail goes to every server, protected by nothing."),
            _ => Everywhere(hosts, "A sender finds no policy that it can use: mail goes to every server, protected by nothing."),
        };
        return new CheckVerdict(now, enforced);
    }

    private static CheckVerdict Alike(StsPolicy? policy, DeliveryVerdict verdict) => new(verdict, policy is null || policy.Mode == StsMode.None ? null : verdict);

    private static DeliveryVerdict Everywhere(IReadOnlyList<MailHostResult> hosts, string message) => new(DeliveryOutcome.Delivers, message, [.. hosts.Select(host => host.Host)], []);

    private static DeliveryVerdict Enforced(IReadOnlyList<MailHostResult> hosts)
    {
        string[] good = [.. hosts.Where(host => host.Delivery is MailDelivery.Yes or MailDelivery.Sometimes).Select(host => host.Host)];
        RefusedHost[] refused = [.. hosts.Where(host => host.Delivery is MailDelivery.No or MailDelivery.Sometimes).Select(host => new RefusedHost(host.Host, host.Reason))];
        var yes = hosts.Count(host => host.Delivery == MailDelivery.Yes);
        var (outcome, message) = (good.Length, yes) switch
        {
            (0, _) when refused.Length == hosts.Count => (DeliveryOutcome.Refuses, "A strict sender delivers to none of the mail servers: mail waits with the sender, and goes back in the end."),
            (0, _) => (DeliveryOutcome.Unknown, "No mail server could be seen as good, and some could not be looked at."),
            (_, var all) when all == hosts.Count => (DeliveryOutcome.Delivers, "A strict sender delivers to every mail server."),
            _ => (DeliveryOutcome.Partly, $"A strict sender delivers to {yes} of {hosts.Count} mail servers without fail."),
        };
        return new DeliveryVerdict(outcome, message, good, refused);
    }
}
