using System.Text;
using System.Text.Json;
using MtaSts.Host.Api;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Domains.MailServers;
using MtaSts.Host.Lookups;

namespace MtaSts.Host.Domains;

/// <summary>What an edit wants a domain to be, after all rules held.</summary>
/// <param name="Policy">Normalised.</param>
/// <param name="TlsRptRua">Report addresses; null when no record is wanted.</param>
/// <param name="State">Only a PATCH names one.</param>
/// <param name="MxSource">Who says what the patterns are; null: as before.</param>
/// <param name="HasMx">Whether the edit names patterns; without them those of <paramref name="Policy"/> are yet to come from DNS, and its mode is in <paramref name="Mode"/>.</param>
/// <param name="Mode">That is wanted: a policy without patterns can have no other than `none`.</param>
/// <param name="Seen">Where the patterns were looked up for this edit.</param>
/// <param name="TemplateName">The template that the policy comes from; null: it is the domain's own.</param>
/// <param name="KeepsTemplate">Whether the edit says nothing of the template, so that it stays the very one that the domain has.</param>
/// <param name="HasPolicy">Whether the edit names a policy; without one that of the template is yet to be read.</param>
/// <param name="TemplateId">Of that template, once it was read.</param>
internal sealed record DomainInput(
    StsPolicy Policy, IReadOnlyList<string>? TlsRptRua, DomainState? State, MxSource? MxSource = null, bool HasMx = true, StsMode? Mode = null, MxSeen? Seen = null,
    string? TemplateName = null, bool HasPolicy = true, int? TemplateId = null, bool KeepsTemplate = false)
{
    public static DomainInput Of(StsPolicy policy, HostedDomain row, MxSource? source = null) => new(policy, row.TlsRptRua is null ? null : StoredPolicy.Lines(row.TlsRptRua), null, source);


    public DomainInput With(IReadOnlyList<MxPattern> mx) => this with { Policy = new StsPolicy(Mode ?? Policy.Mode, mx, Policy.MaxAge), HasMx = true };
}

/// <summary>All rules of a policy edit. They take values and return values; every broken one is reported, not the first.</summary>
internal static class DomainRules
{
    public const int MostPatterns = 100;
    private const int MostReportAddresses = 10;
    private const int Day = 86_400;
    private const int Year = 365 * Day;

    // Stands for the one of a template until that was read.
    private static readonly StsPolicy NoPolicy = new(StsMode.None, [], 0);

    /// <summary>The policy of a template.</summary>
    public static StsPolicy? ReadPolicy(JsonMembers members, List<FieldError> errors) => members.Object("policy", required: true) is { } policy ? Policy(policy, fromDns: false, errors)?.Policy : null;

    public static DomainInput? ReadPut(JsonElement body, List<FieldError> errors) => Read(body, errors, isPatch: false);

    /// <summary><paramref name="merged"/>: the resource as it would be after the patch.</summary>
    public static DomainInput? ReadPatched(JsonElement merged, List<FieldError> errors) => Read(merged, errors, isPatch: true);

    /// <summary>Names that no tenant may have: in the service's own zone he would choose labels, and below a public suffix a host named `mta-sts` is anybody's.</summary>
    /// <param name="domain">The domain.</param>
    /// <param name="zone">`Dns:Zone`, or empty.</param>
    public static FieldError? NotForTenants(MailDomain domain, string zone) =>
        zone.Length > 0 && DomainNames.IsAtOrBelow(domain.Name, zone)
            ? new FieldError("domain.own_zone", "domain", $"{domain} lies in the zone of this service.")
            : RegisteredDomain.IsPublicSuffix(domain.PolicyHost)
                ? new FieldError("domain.public_suffix", "domain", $"{domain.PolicyHost} is a public suffix: it cannot be the policy host of one domain.")
                : null;

    /// <summary>
    /// Going to `enforce`, and other patterns in it: from then on senders deliver only to what the policy names and what is secured (RFC 8461 §5).
    /// </summary>
    /// <param name="before">The present policy; null: it cannot be read.</param>
    /// <param name="after">The one that an edit would make.</param>
    public static bool CouldStopMail(StsPolicy? before, StsPolicy after) =>
        after.Mode == StsMode.Enforce && (before?.Mode != StsMode.Enforce || !before.Mx.ToHashSet().SetEquals(after.Mx));

    /// <summary>So long must enforce have gone well before senders are told to keep it for longer.</summary>
    public static readonly TimeSpan HeldFor = TimeSpan.FromDays(7);

    /// <summary>What is allowed and yet seldom meant.</summary>
    /// <param name="policy">The policy as it is now.</param>
    /// <param name="enforcedBefore">Whether an earlier version was in enforce.</param>
    /// <param name="isFirstVersion">Whether this is the first policy of the domain.</param>
    /// <param name="heldMaxAge">The longest maxAge that was in enforce for <see cref="HeldFor"/>; null: none was.</param>
    /// <param name="isRaised">Whether the edit has raised maxAge in enforce.</param>
    public static List<FieldError> Warnings(StsPolicy policy, bool enforcedBefore, bool isFirstVersion, int? heldMaxAge = null, bool isRaised = false)
    {
        var warnings = new List<FieldError>();
        if (policy.MaxAge < Day)
        {
            warnings.Add(new FieldError("max_age.short", "policy.maxAge", "maxAge is under a day: senders forget the policy between two mails, and an attacker need only wait. Weeks are usual.", "RFC 8461 3.2"));
        }

        if (policy.MaxAge > Year && !enforcedBefore)
        {
            warnings.Add(new FieldError("max_age.long", "policy.maxAge", "maxAge is over a year and the policy has never been in enforce: a mistake would stay with senders for as long.", "RFC 8461 10.2"));
        }

        if (isRaised && policy.MaxAge > (heldMaxAge ?? 0))
        {
            warnings.Add(new FieldError(
                "max_age.raised",
                "policy.maxAge",
                heldMaxAge is { } held
                    ? $"maxAge goes above the {held} seconds that enforce has been held with for a week: a mistake found later would stay with senders for as long."
                    : "maxAge is raised before enforce has been held for a week: a mistake found later would stay with senders for as long.",
                "RFC 8461 10.2"));
        }

        if (policy.Mode == StsMode.Enforce && isFirstVersion)
        {
            warnings.Add(new FieldError("mode.enforce_first", "policy.mode", "enforce on the first version: testing with TLS reports shows faults before they stop mail.", "RFC 8461 5"));
        }

        return warnings;
    }

    private static DomainInput? Read(JsonElement body, List<FieldError> errors, bool isPatch)
    {
        var members = new JsonMembers(body, errors);
        if (!isPatch)
        {
            // Whose it is, DomainsApi finds out; here only its type and length are judged.
            members.String("tenant", maxLength: 63);
        }

        var state = isPatch ? State(members, errors) : null;
        var template = members.String("template", maxLength: 63);
        var source = Source(members, errors);
        if (template is not null && source == MxSource.Dns)
        {
            errors.Add(new FieldError("template.mx_source", "mxSource", "The patterns of a template are its own: with a template mxSource is manual."));
        }

        var policy = members.Object("policy", required: template is null) is { } policyMembers ? Policy(policyMembers, source == MxSource.Dns, errors) : null;
        var rua = members.Object("tlsRpt") is { } tlsRpt ? Rua(tlsRpt, errors) : null;
        members.RefuseOthers();
        return errors.Count > 0 ? null
            : policy is { } own ? new DomainInput(own.Policy, rua, state, source, own.HasMx, own.Mode, TemplateName: template)
            : new DomainInput(NoPolicy, rua, state, source, TemplateName: template, HasPolicy: false);
    }

    private static MxSource? Source(JsonMembers members, List<FieldError> errors)
    {
        switch (members.String("mxSource"))
        {
            case null or "manual":
                return MxSource.Manual;
            case "dns":
                return MxSource.Dns;
            default:
                errors.Add(new FieldError("mx_source.value", "mxSource", "mxSource must be manual or dns."));
                return null;
        }
    }

    private static (StsPolicy Policy, bool HasMx, StsMode Mode)? Policy(JsonMembers members, bool fromDns, List<FieldError> errors)
    {
        var before = errors.Count;
        var modeWord = members.String("mode", required: true);
        var modeKnown = StsModeWords.TryParse(modeWord, out var mode);
        if (modeWord is not null && !modeKnown)
        {
            errors.Add(new FieldError("mode.value", members.PathOf("mode"), "mode must be enforce, testing or none.", "RFC 8461 3.2"));
        }

        var mx = members.Strings("mx", required: !fromDns && modeKnown && mode != StsMode.None);
        var patterns = Patterns(mx ?? [], members.PathOf("mx"), errors);
        if (mx is { Count: 0 } && modeKnown && mode != StsMode.None)
        {
            errors.Add(new FieldError("mx.missing", members.PathOf("mx"), "At least one mx pattern is needed unless mode is none.", "RFC 8461 3.2"));
        }

        var maxAge = members.Integer("maxAge", required: true);
        if (maxAge is < 0 or > StsLimits.MaxMaxAge)
        {
            errors.Add(new FieldError("max_age.range", members.PathOf("maxAge"), $"maxAge must be 0 to {StsLimits.MaxMaxAge} seconds.", "RFC 8461 3.2"));
        }

        members.RefuseOthers();
        if (errors.Count > before)
        {
            return null;
        }

        var policy = new StsPolicy(mx is null ? StsMode.None : mode, patterns, (int)maxAge!.Value);
        if (Encoding.UTF8.GetByteCount(policy.ToText()) > StsLimits.MaxBodyBytes)
        {
            errors.Add(new FieldError("policy.size", "policy", $"The policy's text would be longer than {StsLimits.MaxBodyBytes} bytes, and senders may cut it there.", "RFC 8461 3.3"));
        }

        return (policy, mx is not null || !fromDns, mode);
    }

    // Order kept, equal ones once: the order has no meaning to senders, and the customer finds his list again.
    private static List<MxPattern> Patterns(IReadOnlyList<string> texts, string path, List<FieldError> errors)
    {
        var patterns = new List<MxPattern>();
        if (texts.Count > MostPatterns)
        {
            errors.Add(new FieldError("mx.too_many", path, $"At most {MostPatterns} mx patterns, not {texts.Count}; a pattern such as *.example.com stands for many hosts."));
            return patterns;
        }

        for (var i = 0; i < texts.Count; i++)
        {
            if (!MxPattern.TryNormalize(texts[i], out var pattern, out var error))
            {
                errors.Add(FieldError.From(error, $"{path}[{i}]"));
            }
            else if (!patterns.Contains(pattern))
            {
                patterns.Add(pattern);
            }
        }

        return patterns;
    }

    private static List<string>? Rua(JsonMembers members, List<FieldError> errors)
    {
        var uris = members.Strings("rua", required: true);
        members.RefuseOthers();
        if (uris is null)
        {
            return null;
        }

        var path = members.PathOf("rua");
        if (uris.Count is 0 or > MostReportAddresses)
        {
            errors.Add(new FieldError("rua.count", path, $"rua needs 1 to {MostReportAddresses} addresses.", "RFC 8460 3"));
            return null;
        }

        for (var i = 0; i < uris.Count; i++)
        {
            if (!TlsRptRecord.TryParseUri(uris[i], out var error))
            {
                errors.Add(FieldError.From(error, $"{path}[{i}]"));
            }
        }

        return [.. uris.Distinct(StringComparer.Ordinal)];
    }

    private static DomainState? State(JsonMembers members, List<FieldError> errors)
    {
        var word = members.String("state");
        switch (word)
        {
            case null:
                return null;
            case "active":
                return DomainState.Active;
            case "suspended":
                return DomainState.Suspended;
            default:
                errors.Add(new FieldError("state.value", "state", "state can be set to active or suspended."));
                return null;
        }
    }
}
