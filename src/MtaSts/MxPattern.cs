using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace MtaSts;

/// <summary>
/// One <c>mx</c> of a policy: a host name, or <c>*.</c> and a host name (RFC 8461 §3.2), and how it matches (§4.1).
/// Equality takes no notice of case. Immutable, safe from any thread.
/// </summary>
public sealed class MxPattern : IEquatable<MxPattern>
{
    private const string Wildcard = "*.";

    private MxPattern(string text) => Text = text;

    /// <summary>The pattern as it stands in a policy, in the case it was given.</summary>
    public string Text { get; }

    /// <summary>Does it begin with <c>*.</c>?</summary>
    public bool IsWildcard => Text.StartsWith('*');

    internal bool EndsInNumber => HostName.EndsInNumber(Text);

    /// <summary>
    /// Reads the form of the wire, strictly: no U-label, no final dot (RFC 8461 §3.2; RFC 5321 §4.1.2 for <c>Domain</c>). An IPv4
    /// address fits that grammar and is taken (choice O-5 in README.md); <see cref="TryNormalize"/> refuses it.
    /// </summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out MxPattern? pattern, [NotNullWhen(false)] out SyntaxError? error)
    {
        text ??= "";
        error = FindError(text);
        pattern = error is null ? new MxPattern(text) : null;
        return pattern is not null;
    }

    /// <summary>
    /// Reads what a person writes: U-labels become A-labels (RFC 8461 §3.2) and upper case lower. IP addresses and names that
    /// end in a number are refused, for they match no MX host; a final dot too, because it never stands in a policy.
    /// </summary>
    public static bool TryNormalize(string? text, [NotNullWhen(true)] out MxPattern? pattern, [NotNullWhen(false)] out SyntaxError? error)
    {
        text ??= "";
        pattern = null;
        var prefix = text.StartsWith(Wildcard, StringComparison.Ordinal) ? Wildcard : "";
        if (!HostName.TryToALabels(text[prefix.Length..], out var name))
        {
            error = Error(SyntaxCodes.MxULabel, text, "it has no form in A-labels");
        }
        else if (HostName.EndsInNumber(name))
        {
            error = Error(SyntaxCodes.MxAddress, text, "an IP address, or a name that ends in a number, matches no MX host");
        }
        else
        {
            return TryParse(prefix + name, out pattern, out error);
        }

        return false;
    }

    /// <summary>
    /// Is the name of an MX record covered (RFC 8461 §4.1)? No notice is taken of case and of one final dot; <c>*</c> stands for
    /// exactly one label. The host is a name of the DNS, in A-labels.
    /// </summary>
    /// <exception cref="ArgumentNullException">The host is null.</exception>
    public bool Matches(string host)
    {
        ArgumentNullException.ThrowIfNull(host);
        var name = host.EndsWith('.') ? host.AsSpan(0, host.Length - 1) : host;
        if (!IsWildcard)
        {
            return Ascii.EqualsIgnoreCase(name, Text);
        }

        var firstDot = name.IndexOf('.');
        return firstDot > 0 && Ascii.EqualsIgnoreCase(name[(firstDot + 1)..], Text.AsSpan(Wildcard.Length));
    }

    private static SyntaxError? FindError(string text)
    {
        if (text.StartsWith('[') || text.Contains(':', StringComparison.Ordinal))
        {
            return Error(SyntaxCodes.MxAddress, text, "an address or a port cannot stand here");
        }

        if (!Ascii.IsValid(text))
        {
            return Error(SyntaxCodes.MxULabel, text, "international names are written in A-labels (xn--)");
        }

        if (text.EndsWith('.') && text.Length > 1)
        {
            return Error(SyntaxCodes.MxFinalDot, text, "leave out the final dot");
        }

        var name = text.StartsWith(Wildcard, StringComparison.Ordinal) ? text.AsSpan(Wildcard.Length) : text;
        if (name.Contains('*'))
        {
            return Error(SyntaxCodes.MxWildcard, text, "* can only be the whole left-most label, with a name after it");
        }

        if (text.Length > StsLimits.MaxNameLength)
        {
            return Error(SyntaxCodes.MxLength, text, $"it is longer than {StsLimits.MaxNameLength} characters");
        }

        return HostName.FindFault(name) is { } fault
            ? Error(fault.IsLength ? SyntaxCodes.MxLength : SyntaxCodes.MxSyntax, text, fault.Reason)
            : null;
    }

    private static SyntaxError Error(string code, string text, string reason) =>
        new(code, "mx", null, $"{SyntaxErrorList.Quote(text)} is not an mx pattern: {reason}.", code == SyntaxCodes.MxLength ? "RFC 1035 2.3.4" : "RFC 8461 3.2");

    /// <inheritdoc/>
    public bool Equals(MxPattern? other) => other is not null && Ascii.EqualsIgnoreCase(Text, other.Text);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as MxPattern);

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.OrdinalIgnoreCase.GetHashCode(Text);

    /// <summary>The same as <see cref="Text"/>.</summary>
    public override string ToString() => Text;

    /// <summary>Same pattern, without case.</summary>
    public static bool operator ==(MxPattern? left, MxPattern? right) => Equals(left, right);

    /// <summary>Not the same pattern.</summary>
    public static bool operator !=(MxPattern? left, MxPattern? right) => !Equals(left, right);
}
