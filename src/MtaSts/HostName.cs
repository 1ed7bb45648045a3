using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace MtaSts;

/// <summary>
/// Host names of letters, digits and inner hyphens (RFC 5321 §4.1.2, RFC 1035 §2.3.1) with the lengths of RFC 1035 §2.3.4.
/// What patterns and mail domains have in common.
/// </summary>
internal static class HostName
{
    // An A-label form of 253 characters can come from a longer text, as when accents stand as characters of their own.
    // Four times as much is more than any name needs and keeps IdnMapping away from long inputs.
    private const int MostCharacters = 4 * StsLimits.MaxNameLength;

    private static readonly IdnMapping Idn = new() { UseStd3AsciiRules = true };
    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.");

    /// <summary>What keeps the text from being a host name, or null. No final dot, no wildcard.</summary>
    public static HostNameFault? FindFault(ReadOnlySpan<char> name)
    {
        if (name.IsEmpty)
        {
            return new(false, "the name is empty");
        }

        if (name.Length > StsLimits.MaxNameLength)
        {
            return new(true, $"the name is longer than {StsLimits.MaxNameLength} characters");
        }

        var stray = name.IndexOfAnyExcept(NameCharacters);
        if (stray >= 0)
        {
            return new(false, $"{SyntaxErrorList.Quote(name.Slice(stray, 1))} is not a letter, digit, hyphen or dot");
        }

        foreach (var range in name.Split('.'))
        {
            var label = name[range];
            if (label.IsEmpty)
            {
                return new(false, "a label is empty: a dot too many");
            }

            if (label.Length > StsLimits.MaxLabelLength)
            {
                return new(true, $"a label is longer than {StsLimits.MaxLabelLength} characters");
            }

            if (label[0] == '-' || label[^1] == '-')
            {
                return new(false, "a label begins or ends with a hyphen");
            }
        }

        return null;
    }

    /// <summary>
    /// True for IPv4 addresses in all their spellings (<c>192.0.2.1</c>, <c>127.1</c>): no top-level domain is a number
    /// (RFC 3696 §2), so that nothing reachable is lost by it.
    /// </summary>
    public static bool EndsInNumber(ReadOnlySpan<char> name)
    {
        var last = name[(name.LastIndexOf('.') + 1)..];
        return !last.IsEmpty && !last.ContainsAnyExceptInRange('0', '9');
    }

    /// <summary>
    /// A-labels in lower case (RFC 5890 §2.3.2.1). Says no more about other ASCII than <see cref="FindFault"/> does; false for
    /// what has no A-label form, and for A-labels that decode to nothing.
    /// </summary>
    public static bool TryToALabels(string text, [NotNullWhen(true)] out string? name)
    {
        name = null;
        if (Ascii.IsValid(text) && (text.Length > MostCharacters || !text.Contains("xn--", StringComparison.OrdinalIgnoreCase)))
        {
            // Nothing to map; FindFault tells the reason of a refusal better than IdnMapping.
            name = text.ToLowerInvariant();
            return true;
        }

        if (text.Length > MostCharacters)
        {
            return false;
        }

        try
        {
            // IdnMapping leaves A-labels in the case they had.
            name = Idn.GetAscii(text).ToLowerInvariant();
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}

/// <summary>Why a text is no host name: a clause for a message.</summary>
internal readonly record struct HostNameFault(bool IsLength, string Reason);
