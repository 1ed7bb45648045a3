using MtaSts.Host.Lookups;

namespace MtaSts.Host.Checks.Mail;

/// <summary>What a strict sender thinks of one MX host. Pure.</summary>
internal static class HostRules
{
    /// <summary>Of its name, its DNS and its addresses; the policy aside.</summary>
    public static IReadOnlyList<Advisory> Find(MailHost host, DateTimeOffset now)
    {
        var subject = Shown.Of(host.Name);
        if (host.IsAddress)
        {
            return [MailCodes.Address.On(subject, $"The MX record holds the IP address {subject}.")];
        }

        var found = new List<Advisory>();
        if (host.Aliases.Count > 0)
        {
            found.Add(MailCodes.Alias.On(subject, $"{subject} is a CNAME: it leads to {Shown.Of(host.Aliases[^1])}."));
        }

        if (Failed(host.V4) || Failed(host.V6))
        {
            var code = host.Addresses.Count == 0 ? MailCodes.Dns : MailCodes.DnsPartly;
            found.Add(code.On(subject, $"The addresses of {subject} could not be looked up: A {host.V4}, AAAA {host.V6}."));
        }
        else if (host.Addresses.Count == 0)
        {
            found.Add(MailCodes.NoAddress.On(subject, $"{subject} has neither A nor AAAA records."));
        }

        // The same of several addresses is said once.
        found.AddRange(host.Addresses
            .SelectMany(address => AddressRules.Find(subject, address, now).Select(said => (said.Code, said.What, address.Address)))
            .GroupBy(said => (said.Code, said.What))
            .Select(same => same.Key.Code.On(subject, $"{subject} ({string.Join(", ", same.Select(said => said.Address))}): {same.Key.What}.")));
        if (Delivery(host, now) == MailDelivery.Sometimes)
        {
            found.Add(MailCodes.AddressDiffers.On(subject, $"{subject} is fit for a strict sender at {List(host, now, fit: true)}, and not at {List(host, now, fit: false)}."));
        }

        if (host.NotLookedAt.Count > 0)
        {
            found.Add(MailCodes.TooMany.On(subject, $"{subject} has {host.NotLookedAt.Count} more addresses that were not looked at: {Shown.Of(string.Join(", ", host.NotLookedAt))}."));
        }

        found.AddRange(Dane(host, subject));
        return found;
    }

    /// <summary>For the verdict: the policy first, since a strict sender does not even connect to a host that it does not name.</summary>
    public static MailHostResult Result(MailHost host, StsPolicy? policy, DateTimeOffset now)
    {
        if (!Covers(policy, host.Name))
        {
            return NotInPolicy(host.Name, host.Preference);
        }

        var delivery = Delivery(host, now);
        if (delivery == MailDelivery.Yes)
        {
            return new MailHostResult(host.Name, host.Preference, delivery, null, null);
        }

        // The gravest that was found; of equals the first.
        var reason = Find(host, now).Where(advisory => advisory.Code != MailCodes.Alias.Code).MaxBy(advisory => advisory.Severity);
        return new MailHostResult(host.Name, host.Preference, delivery, reason?.Code, reason?.ResultType);
    }

    public static MailHostResult NotInPolicy(string host, int preference) => new(host, preference, MailDelivery.No, MailCodes.NotInPolicy.Code, MailCodes.NotInPolicy.ResultType);

    /// <summary>Mode `none` is as no policy (RFC 8461 §5): then every host will do.</summary>
    public static bool Covers(StsPolicy? policy, string host) => policy is null or { Mode: StsMode.None } || policy.Mx.Any(pattern => pattern.Matches(host));

    private static IEnumerable<Advisory> Dane(MailHost host, string subject)
    {
        var records = host.Tlsa.Records;
        if (records.Count == 0)
        {
            if (Failed(host.Tlsa.Lookup) && host.Addresses.Count > 0)
            {
                yield return MailCodes.DaneFailed.On(subject, $"The TLSA records of {subject} could not be looked up: {host.Tlsa.Lookup}.");
            }

            yield break;
        }

        var usable = DaneRules.Usable(records);
        var strangers = DaneRules.Strangers(records, host.Addresses);
        var mismatch = $"none of its {usable.Count} usable TLSA records fits the certificates at {string.Join(", ", strangers)}";
        if (!host.Tlsa.IsValidated)
        {
            // Without DNSSEC they mean nothing to anybody, so what is wrong with them stops no mail.
            yield return MailCodes.DaneUnvalidated.On(subject, $"{subject} has {records.Count} TLSA records at port 25; DNSSEC was not checked{(strangers.Count > 0 ? $", and {mismatch}" : "")}.");
        }
        else if (strangers.Count > 0)
        {
            yield return MailCodes.DaneMismatch.On(subject, $"{subject}: {mismatch}.");
        }
        else if (usable.Count == 0)
        {
            yield return MailCodes.DaneUnusable.On(subject, $"{subject} has {records.Count} TLSA records at port 25, and none that SMTP can use.");
        }
        else
        {
            yield return MailCodes.Dane.On(subject, $"{subject} has {records.Count} TLSA records at port 25; DNSSEC holds{(host.Addresses.Any(address => address.Tls is not null) ? ", and they fit its certificate" : "")}.");
        }
    }

    private static MailDelivery Delivery(MailHost host, DateTimeOffset now)
    {
        if (host.Addresses.Count == 0)
        {
            return !host.IsAddress && (Failed(host.V4) || Failed(host.V6)) ? MailDelivery.Unknown : MailDelivery.No;
        }

        var known = host.Addresses.Where(AddressRules.IsKnown).Select(address => IsFit(host, address, now)).Distinct().ToList();
        return known switch
        {
            [] => MailDelivery.Unknown,
            [true] => MailDelivery.Yes,
            [false] => MailDelivery.No,
            _ => MailDelivery.Sometimes,
        };
    }

    private static bool IsFit(MailHost host, MailAddress address, DateTimeOffset now) => AddressRules.Find(host.Name, address, now).All(said => said.Code.Severity != Severity.Error);

    private static string List(MailHost host, DateTimeOffset now, bool fit) =>
        string.Join(", ", host.Addresses.Where(address => AddressRules.IsKnown(address) && IsFit(host, address, now) == fit).Select(address => address.Address));

    private static bool Failed(LookupOutcome outcome) => outcome is not (LookupOutcome.Answer or LookupOutcome.NoData or LookupOutcome.NoName);
}
