using MtaSts.Host.Checks.Fetch;
using MtaSts.Host.Checks.Mail;
using MtaSts.Host.Checks.Records;

namespace MtaSts.Host.Checks;

/// <summary>
/// Looks at a domain the way a sending server does (RFC 8461 §3 to §5), each step for itself: what is wrong in one keeps no later one from being looked at.
/// Bounded in time, bytes and connections; never throws for what the other side does. Safe from all threads.
/// </summary>
internal sealed class DomainCheck(PolicySide policySide, MailLook mailLook, TimeProvider clock)
{
    /// <param name="domain">Any.</param>
    /// <param name="ours">What is served here for it; null: nothing.</param>
    /// <param name="within">How old what is said of a mail server may be.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task<CheckReport> RunAsync(MailDomain domain, OwnPolicy? ours, SeenWithin within, CancellationToken cancellationToken)
    {
        var (at, began) = (clock.GetUtcNow(), clock.GetTimestamp());
        var policyLook = policySide.LookAsync(domain, ours, cancellationToken);
        var mail = await mailLook.LookAsync(domain.Name, within, cancellationToken);
        var found = await policyLook;

        // Without a record no sender fetches; what the host gives is the policy that would hold with one.
        var policy = found.Policy ?? found.Fetched;
        var verdict = VerdictRules.Of(found.Policy, mail.Kind, MailRules.Hosts(mail, found.Policy));
        return CheckReports.Of(domain, at, clock.GetElapsedTime(began), found.Id, policy, verdict, [found.Part, MailRules.Judge(mail, policy)]);
    }
}
