using Microsoft.Extensions.Options;
using MtaSts.Host.Api;
using MtaSts.Host.Checks.Mail;
using MtaSts.Host.Domains;
using MtaSts.Host.Lookups;

namespace MtaSts.Host.Checks;

/// <summary>Looks at the mail servers in DNS before an edit, as a strict sender will after it. Safe from all threads.</summary>
internal sealed class EditGuard(MailLook look, Resolver resolver, IOptions<ChecksOptions> options) : IEditGuard
{
    public async Task<GuardFinding> JudgeAsync(MailDomain domain, StsPolicy policy, bool isOneOfMany, CancellationToken cancellationToken)
    {
        if (options.Value.Guard == GuardMode.Off)
        {
            return GuardFinding.None;
        }

        var finding = GuardRules.Judge(await look.LookAsync(domain.Name, isOneOfMany ? SeenWithin.GuardOfMany : SeenWithin.Guard, cancellationToken), policy);
        return options.Value.Guard == GuardMode.Refuse || !finding.IsRefused ? finding : finding with { IsRefused = false, Findings = [new FieldError(finding.Code, "policy", finding.Message), .. finding.Findings] };
    }

    // RFC 8461 §3.1: what begins otherwise senders discard. Of what is wrong behind that, another sender may think otherwise.
    public async Task<bool> IsAnnouncedAsync(MailDomain domain, CancellationToken cancellationToken) =>
        options.Value.Guard != GuardMode.Off && (await resolver.FindTextsAsync(domain.RecordName, cancellationToken)).Records.Any(text => text.StartsWith("v=STSv1", StringComparison.OrdinalIgnoreCase));
}
