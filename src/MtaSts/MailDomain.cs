using System.Diagnostics.CodeAnalysis;

namespace MtaSts;

/// <summary>
/// A domain that receives mail, the Policy Domain of RFC 8461 §1.1, with the names that MTA-STS and TLSRPT derive from it.
/// Lower-case A-labels without final dot (RFC 8461 §3.2), so that two spellings of one domain are equal.
/// Immutable, safe from any thread.
/// </summary>
public sealed class MailDomain : IEquatable<MailDomain>
{
    /// <summary>Before a domain makes it its Policy Host (RFC 8461 §3.2).</summary>
    public const string PolicyHostPrefix = "mta-sts.";

    /// <summary>Before a domain makes it the name of its TXT record (RFC 8461 §3.1).</summary>
    public const string RecordNamePrefix = "_mta-sts.";

    private MailDomain(string name) => Name = name;

    /// <summary>The domain itself: <c>example.com</c>.</summary>
    public string Name { get; }

    /// <summary>The Policy Host, where the policy is fetched (RFC 8461 §3.2): <c>mta-sts.example.com</c>.</summary>
    public string PolicyHost => PolicyHostPrefix + Name;

    /// <summary>Where the TXT record of MTA-STS stands (RFC 8461 §3.1): <c>_mta-sts.example.com</c>.</summary>
    public string RecordName => RecordNamePrefix + Name;

    /// <summary>Where the TXT record of TLSRPT stands (RFC 8460 §3): <c>_smtp._tls.example.com</c>.</summary>
    public string TlsRptRecordName => "_smtp._tls." + Name;

    /// <summary>
    /// Reads what a person writes: U-labels, upper case and one final dot are taken. Refused are IP addresses and all names
    /// that end in a number, underscores, empty labels, hyphens at a label's edge, labels over 63 characters and names whose
    /// record names would be over 253.
    /// </summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out MailDomain? domain, [NotNullWhen(false)] out SyntaxError? error)
    {
        domain = null;
        error = FindError(text ?? "", out var name);
        if (error is null)
        {
            domain = new MailDomain(name!);
        }

        return domain is not null;
    }

    private static SyntaxError? FindError(string text, out string? name)
    {
        if (text.StartsWith('[') || text.Contains(':', StringComparison.Ordinal))
        {
            // RFC 8461 §3.4: address literals have no policy.
            name = null;
            return Error(SyntaxCodes.DomainAddress, text, "an address, a port or a URL is not a domain", "RFC 8461 3.4");
        }

        if (!HostName.TryToALabels(text, out name))
        {
            return Error(SyntaxCodes.DomainSyntax, text, "it has no form in A-labels", "RFC 8461 3.2");
        }

        name = name.EndsWith('.') ? name[..^1] : name;
        if (HostName.FindFault(name) is { } fault)
        {
            return fault.IsLength
                ? Error(SyntaxCodes.DomainLength, text, fault.Reason, "RFC 1035 2.3.4")
                : Error(SyntaxCodes.DomainSyntax, text, fault.Reason, "RFC 5321 4.1.2");
        }

        if (HostName.EndsInNumber(name))
        {
            return Error(SyntaxCodes.DomainAddress, text, "an IP address, or a name that ends in a number, has no policy", "RFC 8461 3.4");
        }

        return name.Length > StsLimits.MaxMailDomainLength
            ? Error(SyntaxCodes.DomainLength, text, $"with _smtp._tls. in front it would be longer than {StsLimits.MaxNameLength} characters", "RFC 1035 2.3.4")
            : null;
    }

    private static SyntaxError Error(string code, string text, string reason, string rfc) =>
        new(code, "domain", null, $"{SyntaxErrorList.Quote(text)} is not a mail domain: {reason}.", rfc);

    /// <inheritdoc/>
    public bool Equals(MailDomain? other) => other is not null && Name == other.Name;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as MailDomain);

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Name);

    /// <summary>The same as <see cref="Name"/>.</summary>
    public override string ToString() => Name;

    /// <summary>Same name.</summary>
    public static bool operator ==(MailDomain? left, MailDomain? right) => Equals(left, right);

    /// <summary>Not the same name.</summary>
    public static bool operator !=(MailDomain? left, MailDomain? right) => !Equals(left, right);
}
