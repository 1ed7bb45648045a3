namespace MtaSts.Host.Checks;

/// <summary>Would a strict sender deliver? (RFC 8461 §5.) Pure.</summary>
internal static class VerdictRules
{
    /// <param name="policy">As a strict sender finds it; null: it finds none, or none that it can use.</param>
    /// <param name="mx">Every MX host, in the sender's order; without one that the domain has it cannot be judged.</param>
    /// <param name="takesNoMail">A null MX (RFC 7505).</param>
    public static CheckVerdict Of(StsPolicy? policy, IReadOnlyList<MxOutcome> mx, bool takesNoMail)
    {
        if (takesNoMail)
        {
            var noMail = new DeliveryVerdict(DeliveryOutcome.NoMail, "The domain says that it takes no mail (RFC 7505).", [], []);
            return new CheckVerdict(noMail, policy is null ? null : noMail);
        }

        if (mx.Count == 0)
        {
            var unknown = new DeliveryVerdict(DeliveryOutcome.Unknown, "No mail server of the domain could be found, so there is nothing to deliver to.", [], []);
            return new CheckVerdict(unknown, policy is null ? null : unknown);
        }

        var enforced = policy is null || policy.Mode == StsMode.None ? null : Enforced(mx);
        var now = policy?.Mode switch
        {
            StsMode.Enforce => enforced!,
            StsMode.Testing => Everywhere(mx, enforced!.Refuses.Count == 0 ? "The policy is in testing: mail goes to every server, and nothing would be reported." : "The policy is in testing: mail goes to every server, and what enforce would refuse is reported."),
            StsMode.None => Everywhere(mx, "The policy says none: mail goes to every server, protected by nothing."),
            _ => Everywhere(mx, "A sender finds no policy that it can use: mail goes to every server, protected by nothing."),
        };
        return new CheckVerdict(now, enforced);
    }

    private static DeliveryVerdict Everywhere(IReadOnlyList<MxOutcome> mx, string message) => new(DeliveryOutcome.Delivers, message, [.. mx.Select(host => host.Host)], []);

    private static DeliveryVerdict Enforced(IReadOnlyList<MxOutcome> mx)
    {
        string[] good = [.. mx.Where(host => host is { IsMatched: true, IsSecure: true }).Select(host => host.Host)];
        RefusedHost[] refused = [.. mx.Where(host => host.IsMatched == false || host.IsSecure == false).Select(host => new RefusedHost(host.Host, host.Code))];
        var (outcome, message) = (good.Length, refused.Length) switch
        {
            (0, var bad) when bad == mx.Count => (DeliveryOutcome.Refuses, "In enforce a strict sender delivers to none of the mail servers: mail stays with the sender, and goes back in the end."),
            (0, _) => (DeliveryOutcome.Unknown, "No mail server could be seen as good, and some could not be seen at all."),
            (_, 0) when good.Length == mx.Count => (DeliveryOutcome.Delivers, "In enforce a strict sender delivers to every mail server."),
            _ => (DeliveryOutcome.Partly, $"In enforce a strict sender delivers to {good.Length} of {mx.Count} mail servers only."),
        };
        return new DeliveryVerdict(outcome, message, good, refused);
    }
}
