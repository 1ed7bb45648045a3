using MtaSts.Host.Checks;
using MtaSts.Host.Checks.Mail;
using Xunit;

namespace MtaSts.Host.Tests.Checks;

public sealed class VerdictRulesTests
{
    private static readonly MailHostResult Good = new("good.example", 10, MailDelivery.Yes, null, null);
    private static readonly MailHostResult Bad = new("bad.example", 20, MailDelivery.No, "mx.not-in-policy", "validation-failure");
    private static readonly MailHostResult Half = new("half.example", 20, MailDelivery.Sometimes, "mx.certificate-expired", "certificate-expired");
    private static readonly MailHostResult Unseen = new("unseen.example", 30, MailDelivery.Unknown, "mx.unreachable", null);

    [Fact]
    public void In_enforce_mail_goes_to_good_servers_only()
    {
        Assert.Equal((DeliveryOutcome.Delivers, "good.example", ""), Enforced(Good));
        Assert.Equal((DeliveryOutcome.Partly, "good.example", "bad.example"), Enforced(Good, Bad));
        Assert.Equal((DeliveryOutcome.Partly, "half.example", "half.example"), Enforced(Half));
        Assert.Equal((DeliveryOutcome.Refuses, "", "bad.example"), Enforced(Bad));
    }

    [Fact]
    public void A_server_that_could_not_be_looked_at_is_neither_good_nor_bad()
    {
        Assert.Equal((DeliveryOutcome.Unknown, "", ""), Enforced(Unseen));
        Assert.Equal((DeliveryOutcome.Unknown, "", "bad.example"), Enforced(Bad, Unseen));
        Assert.Equal((DeliveryOutcome.Partly, "good.example", ""), Enforced(Good, Unseen));
    }

    [Theory]
    [InlineData(StsMode.Testing)]
    [InlineData(StsMode.None)]
    [InlineData(null)]
    public void Without_enforce_mail_goes_everywhere(StsMode? mode)
    {
        var verdict = VerdictRules.Of(Policy(mode), MxKind.Records, [Good, Bad]);
        Assert.Equal((DeliveryOutcome.Delivers, 2, 0), (verdict.Now.Outcome, verdict.Now.DeliversTo.Count, verdict.Now.Refuses.Count));
        // RFC 8461 §5: only testing says what would happen.
        Assert.Equal(mode == StsMode.Testing ? DeliveryOutcome.Partly : null, verdict.Enforce?.Outcome);
    }

    [Fact]
    public void A_domain_that_takes_no_mail_loses_none()
    {
        var verdict = VerdictRules.Of(Policy(StsMode.Enforce), MxKind.Null, []);
        Assert.Equal((DeliveryOutcome.NoMail, DeliveryOutcome.NoMail), (verdict.Now.Outcome, verdict.Enforce!.Outcome));
    }

    [Fact]
    public void Without_servers_nothing_is_known() =>
        Assert.All([MxKind.None, MxKind.Failed], kind => Assert.Equal(DeliveryOutcome.Unknown, VerdictRules.Of(Policy(StsMode.Enforce), kind, []).Now.Outcome));

    private static (DeliveryOutcome Outcome, string DeliversTo, string Refuses) Enforced(params MailHostResult[] hosts)
    {
        var verdict = VerdictRules.Of(Policy(StsMode.Enforce), MxKind.Records, hosts);
        Assert.Equal(verdict.Now, verdict.Enforce);
        return (verdict.Now.Outcome, string.Join(' ', verdict.Now.DeliversTo), string.Join(' ', verdict.Now.Refuses.Select(host => host.Host)));
    }

    private static StsPolicy? Policy(StsMode? mode) =>
        mode is { } known ? new StsPolicy(known, [MxPattern.TryParse("*.example", out var pattern, out _) ? pattern : throw new InvalidOperationException()], 86400) : null;
}
