using Microsoft.Extensions.Options;
using MtaSts.Host.Api;
using MtaSts.Host.Checks.Mail;
using MtaSts.Host.Domains.MailServers;

namespace MtaSts.Host.Checks.Following;

/// <summary>
/// May the policy in `enforce` name a new mail server? Each is judged for itself: one that senders would refuse keeps no other out, and what is wrong with the servers
/// of the present policy is no reason to leave a good one without mail. Safe from all threads.
/// </summary>
internal sealed class NewServers(MailLook look, IOptions<ChecksOptions> options)
{
    /// <returns>The patterns that may come, what stands against the first of the others, and whether all that stands against one of them is that it could not be looked at.</returns>
    public async Task<(IReadOnlyList<WantedPattern> Fit, FieldError? Against, bool IsUnknown)> JudgeAsync(IReadOnlyList<WantedPattern> wanted, MxSeen seen, CancellationToken cancellationToken)
    {
        if (options.Value.Guard == GuardMode.Off)
        {
            return (wanted, null, false);
        }

        // Some only are looked at: in any order, or those that hold their visitors back would keep the others out for ever.
        var exchanges = seen.Exchanges.Where(exchange => wanted.Any(one => one.Hosts.Contains(exchange.Name))).ToArray();
        Random.Shared.Shuffle(exchanges);
        var results = MailRules.Hosts(await look.LookAtAsync(seen.Domain, exchanges, cancellationToken), policy: null).ToDictionary(result => result.Host);
        IReadOnlyList<WantedPattern> fit = [.. wanted.Where(one => IsFit([.. one.Hosts.Select(host => results[host].Delivery)]))];
        var against = results.Values.FirstOrDefault(result => result.Delivery != MailDelivery.Yes && wanted.Any(one => !fit.Contains(one) && one.Hosts.Contains(result.Host)));
        var isUnknown = wanted.Any(one => !fit.Contains(one) && one.Hosts.All(host => results[host].Delivery == MailDelivery.Unknown));
        return (options.Value.Guard == GuardMode.Warn ? wanted : fit, against is null ? null : Error(against), isUnknown);
    }

    // Of a provider's many servers one may be silent.
    private static bool IsFit(IReadOnlyList<MailDelivery> servers) =>
        servers.Contains(MailDelivery.Yes) && servers.All(delivery => delivery is MailDelivery.Yes or MailDelivery.Unknown);

    private static FieldError Error(MailHostResult result)
    {
        var code = CheckCodes.All.FirstOrDefault(code => code.Code == result.Reason);
        return new FieldError(result.Reason ?? MailCodes.NotLookedAt.Code, "policy.mx", $"DNS has the new mail server {result.Host}, which senders in enforce would not deliver to: {code?.What ?? "it could not be looked at."}", code?.Rfc);
    }
}
