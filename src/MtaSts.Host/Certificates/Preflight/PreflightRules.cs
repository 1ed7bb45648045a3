using System.Net;
using MtaSts.Host.Lookups;
using MtaSts.Host.Lookups.Caa;

namespace MtaSts.Host.Certificates.Preflight;

/// <summary>From everything that was looked at to everything that is wrong. Pure.</summary>
internal static class PreflightRules
{
    private const int MostNamed = 8;

    public static PreflightReport Judge(PreflightFacts facts)
    {
        var (caaFindings, challenges) = CaaRules.Judge(facts.PolicyHost, facts.Caa, facts.Ca);
        IPAddress[] addresses = [.. facts.V4.Records.Concat(facts.V6.Records).Distinct()];
        IEnumerable<PreflightFinding> findings = [.. Failures(facts), .. Absence(facts), .. Addresses(facts, addresses), .. Echoes(facts), .. caaFindings.Select(Finding)];
        return new PreflightReport(
            facts.PolicyHost,
            [.. findings.OrderBy(finding => finding.Severity)],
            facts.V4.Chain.Count >= facts.V6.Chain.Count ? facts.V4.Chain : facts.V6.Chain,
            addresses,
            IsFailure(facts.Caa.Outcome) ? [] : challenges);
    }

    // Validation and CAA fail at the CA as they fail here (RFC 8659 §3). One cause often meets all three look-ups: it is told once.
    private static IEnumerable<PreflightFinding> Failures(PreflightFacts facts) =>
        new (string Type, LookupOutcome Outcome, string Name)[] { ("A", facts.V4.Outcome, facts.V4.EndName), ("AAAA", facts.V6.Outcome, facts.V6.EndName), ("CAA", facts.Caa.Outcome, facts.Caa.Name) }
            .Where(look => IsFailure(look.Outcome))
            .GroupBy(look => (look.Outcome, look.Name))
            .Select(group => Failure(group.Key.Outcome, group.Key.Name, string.Join(", ", group.Select(look => look.Type))));

    private static PreflightFinding Failure(LookupOutcome outcome, string name, string types)
    {
        var (code, message) = outcome switch
        {
            LookupOutcome.ServerFailure => (PreflightCodes.DnsServFail, $"Looking up {name} ({types}) ends in SERVFAIL: its name servers do not answer, CNAMEs turn in a circle, or DNSSEC is broken there; the zone has to be mended."),
            LookupOutcome.Timeout => (PreflightCodes.DnsTimeout, $"Looking up {name} ({types}) has no answer in time: its name servers, or our resolver, have to be mended."),
            LookupOutcome.Refused => (PreflightCodes.DnsRefused, $"Looking up {name} ({types}) is refused: our resolver (Dns:Resolvers) has to answer this service."),
            LookupOutcome.AliasLoop => (PreflightCodes.DnsCnameLoop, $"The CNAMEs at {name} lead back to where they came from: one of them has to lead to this service."),
            LookupOutcome.TooManyAliases => (PreflightCodes.DnsCnameTooLong, $"More than {Resolver.MostAliases} CNAMEs lead on from one to the next up to {name}: lead there directly."),
            _ => (PreflightCodes.DnsMalformed, $"Looking up {name} ({types}) gives an answer that makes no sense: its name servers, or our resolver, have to be mended."),
        };
        return Error(code, message);
    }

    private static IEnumerable<PreflightFinding> Absence(PreflightFacts facts)
    {
        if (!facts.V4.IsEmpty || !facts.V6.IsEmpty)
        {
            yield break;
        }

        var end = facts.V4.EndName;
        var way = end == facts.PolicyHost ? facts.PolicyHost : $"{facts.PolicyHost} leads by CNAME to {end}, which";
        var remedy = end == facts.PolicyHost ? "add the CNAME to this service, or A and AAAA" : "correct the CNAME";
        yield return facts.V4.Outcome == LookupOutcome.NoName || facts.V6.Outcome == LookupOutcome.NoName
            ? Error(PreflightCodes.HostNxDomain, $"{way} does not exist in DNS: {remedy}.")
            : Error(PreflightCodes.HostNoAddress, $"{way} has neither A nor AAAA records: {remedy}.");
    }

    private static IEnumerable<PreflightFinding> Addresses(PreflightFacts facts, IPAddress[] addresses)
    {
        if (addresses.Length > HostPreflight.MostAddresses)
        {
            yield return Error(PreflightCodes.AddressTooMany, $"{facts.PolicyHost} has {addresses.Length} addresses, more than the {HostPreflight.MostAddresses} that are looked at: take those out that are not needed.");
        }

        if (facts.Forbidden.Count > 0)
        {
            yield return Error(PreflightCodes.AddressPrivate, $"{facts.PolicyHost} leads to {List(facts.Forbidden)}, where the world cannot reach anything: use public addresses. (In a closed network the operator sets Network:AllowPrivateAddresses.)");
        }

        // One stray address fails validation every other time, and a wrong AAAA although IPv4 works.
        IPAddress[] strange = facts.OurAddresses.Count == 0 ? [] : [.. addresses.Except(facts.OurAddresses).Except(facts.Forbidden)];
        if (strange.Length > 0)
        {
            yield return Error(PreflightCodes.AddressNotOurs, $"{facts.PolicyHost} leads to {List(strange)}, which is not this service: every A and AAAA record must be one of {List(facts.OurAddresses)}.");
        }
    }

    // From inside a network the way out and back may be closed although the world comes in: where the addresses are known to be ours, the echo only advises.
    private static IEnumerable<PreflightFinding> Echoes(PreflightFacts facts)
    {
        var severity = facts.OurAddresses.Count == 0 && facts.Ca.Challenges.Contains("http-01") ? PreflightSeverity.Error : PreflightSeverity.Warning;
        foreach (var group in facts.Echoes.Where(echo => echo.Outcome != EchoOutcome.Ours).GroupBy(echo => (echo.Outcome, echo.Status)))
        {
            var where = $"{facts.PolicyHost} at {List([.. group.Select(echo => echo.Address)])}";
            var status = group.Key.Status is { } number ? $", with status {number}" : "";
            var (code, message) = group.Key.Outcome switch
            {
                EchoOutcome.Timeout => (PreflightCodes.EchoTimeout, $"{where} does not answer HTTP in time: open the way to the Challenge endpoint."),
                EchoOutcome.Unreachable => (PreflightCodes.EchoUnreachable, $"{where} takes no HTTP connection: open the way to the Challenge endpoint."),
                _ => (PreflightCodes.EchoOther, $"{where} answers HTTP, but not as this service does{status}: something else is there, or stands in between; let /.well-known/acme-challenge/ through to the Challenge endpoint."),
            };
            yield return new PreflightFinding(code, severity, message, "RFC 8555 8.3");
        }
    }

    private static bool IsFailure(LookupOutcome outcome) => outcome is not (LookupOutcome.Answer or LookupOutcome.NoData or LookupOutcome.NoName);

    private static string List(IReadOnlyList<IPAddress> addresses) =>
        string.Join(", ", addresses.Take(MostNamed)) + (addresses.Count > MostNamed ? $" and {addresses.Count - MostNamed} more" : "");

    private static PreflightFinding Finding(CaaFinding caa) => new(caa.Code, caa.Forbids ? PreflightSeverity.Error : PreflightSeverity.Warning, caa.Message, caa.Rfc);

    private static PreflightFinding Error(string code, string message) => new(code, PreflightSeverity.Error, message);
}
