using Microsoft.Extensions.Options;
using MtaSts.Host.Api;
using MtaSts.Host.Checks.Mail;
using MtaSts.Host.Domains;
using MtaSts.Host.Lookups;

namespace MtaSts.Host.Checks;

/// <summary>Looks at the mail servers in DNS before an edit, as a strict sender will after it. Safe from all threads.</summary>
internal sealed class EditGuard(MailLook look, AuthoritativeLook authoritative, IOptions<ChecksOptions> options) : IEditGuard
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

    public async Task<bool?> IsAnnouncedAsync(MailDomain domain, CancellationToken cancellationToken)
    {
        if (options.Value.Guard == GuardMode.Off)
        {
            return false;
        }

        // Of no resolver: it would remember that there is nothing yet, and the id comes into DNS in a moment.
        var name = domain.RecordName;
        for (var step = 0; step <= Resolver.MostAliases; step++)
        {
            var answers = (await authoritative.AskAllAsync(name, "TXT", cancellationToken)).Where(answer => answer.IsWord).ToList();
            if (answers.Count == 0)
            {
                return null;
            }

            // RFC 8461 §3.1: what begins otherwise senders discard. Of what is wrong behind that, another sender may think otherwise.
            if (answers.Exists(answer => answer.Texts.Any(text => text.StartsWith("v=STSv1", StringComparison.OrdinalIgnoreCase))))
            {
                return true;
            }

            if (answers.Find(answer => answer.Alias is not null)?.Alias is not { } alias)
            {
                return false;
            }

            name = alias;
        }

        return null;
    }
}
