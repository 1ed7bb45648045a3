namespace MtaSts.Host.Lookups.Caa;

/// <summary>May the CA issue for a name under these CAA records, and by which challenges? Pure.</summary>
internal static class CaaRules
{
    // RFC 8659 §4.1: bit 0, the highest. Let's Encrypt takes the lowest for it, too: that is where many have put it.
    private const byte CriticalBits = 0x80 | 0x01;
    private const int MostNamed = 5;

    // `issuewild` (RFC 8659 §4.3) is about wildcards, `issuemail` (RFC 9495 §4) about mail certificates: neither is about ours.
    private static readonly string[] KnownTags = ["issue", "issuewild", "iodef", "issuemail"];

    /// <returns>What is wrong, and those of the CA's challenges that are allowed, in their order.</returns>
    public static (IReadOnlyList<CaaFinding> Findings, IReadOnlyList<string> Challenges) Judge(string policyHost, RelevantCaa caa, CaaIssuer ca)
    {
        if (caa.Properties.FirstOrDefault(property => (property.Flags & CriticalBits) != 0 && !IsKnown(property.Tag)) is { } critical)
        {
            return Refused(CaaCodes.Critical, "RFC 8659 4.1", $"The CAA records at {caa.Name} hold the critical property {Word(critical.Tag)}, which no CA may pass over without knowing it: take it out, or its critical flag.");
        }

        var issue = caa.Properties.Where(property => property.Tag.Equals("issue", StringComparison.OrdinalIgnoreCase)).ToList();
        if (issue.Count == 0)
        {
            // RFC 8659 §4.2: without an issue property there is no restriction.
            return ([], ca.Challenges);
        }

        var values = issue.Select(property => IssueValue.TryParse(property.Value, out var value) ? value : null).OfType<IssueValue>().Where(value => value.Issuer.Length > 0).ToList();
        if (values.Count > 0 && ca.CaaIdentities.Count == 0)
        {
            return ([Warning($"CAA records at {caa.Name} let only {Issuers(values)} issue, and the CA does not tell its own name: whether it is among them shows at the order.", "RFC 8659 4.2")], ca.Challenges);
        }

        var ours = values.Where(value => ca.CaaIdentities.Contains(value.Issuer, StringComparer.OrdinalIgnoreCase)).ToList();
        if (ours.Count == 0)
        {
            var wanted = ca.CaaIdentities.Count == 0 ? "take them out" : $"add `{policyHost}. CAA 0 issue \"{ca.CaaIdentities[0]}\"`, or the same at {caa.Name}";
            return Refused(CaaCodes.Refuses, "RFC 8659 4.2", $"CAA records at {caa.Name} let {(values.Count == 0 ? "nobody" : $"only {Issuers(values)}")} issue: {wanted}.");
        }

        var forUs = ours.Where(value => IsForAccount(value, ca.AccountUri)).ToList();
        if (forUs.Count == 0)
        {
            return Refused(CaaCodes.Account, "RFC 8657 3", $"The CAA records at {caa.Name} let another account at the CA issue, not ours: set their accounturi to {ca.AccountUri}, or leave it out.");
        }

        var challenges = ca.Challenges.Where(challenge => forUs.Any(value => IsForMethod(value, challenge))).ToList();
        if (challenges.Count == 0)
        {
            return Refused(CaaCodes.Method, "RFC 8657 4", $"The CAA records at {caa.Name} let none of our validation methods be used: set their validationmethods to {string.Join(',', ca.Challenges)}, or leave it out.");
        }

        return ca.AccountUri is null && forUs.All(value => value.All("accounturi").Count > 0)
            ? ([Warning($"The CAA records at {caa.Name} name an account at the CA, and ours is not known yet: whether it is the same shows at the order.", "RFC 8657 3")], challenges)
            : ([], challenges);

        static CaaFinding Warning(string message, string rfc) => new(CaaCodes.NotChecked, false, message, rfc);
        static (IReadOnlyList<CaaFinding>, IReadOnlyList<string>) Refused(string code, string rfc, string message) => ([new(code, true, message, rfc)], []);
    }

    private static bool IsKnown(string tag) => KnownTags.Contains(tag, StringComparer.OrdinalIgnoreCase);

    // RFC 8657 §3: twice in one property is as good as not ours.
    private static bool IsForAccount(IssueValue value, string? account) => value.All("accounturi") switch
    {
        [] => true,
        [var only] => account is null || only == account,
        _ => false,
    };

    // RFC 8657 §4: labels by comma; the grammar knows neither blanks nor a second list.
    private static bool IsForMethod(IssueValue value, string challenge) => value.All("validationmethods") switch
    {
        [] => true,
        [var only] => only.Split(',').Contains(challenge, StringComparer.Ordinal),
        _ => false,
    };

    private static string Issuers(List<IssueValue> values)
    {
        var names = values.Select(value => value.Issuer.ToLowerInvariant()).Distinct().ToList();
        return string.Join(", ", names.Take(MostNamed)) + (names.Count > MostNamed ? " and others" : "");
    }

    // A stranger's text: letters and digits are all that a tag has (RFC 8659 §4.1).
    private static string Word(string tag) => $"\"{string.Concat(tag.Where(char.IsAsciiLetterOrDigit).Take(20))}\"";
}
