using System.Globalization;
using System.Text;

namespace MtaSts;

/// <summary>
/// Errors or warnings of one reading, bounded: a hostile input of thousands of faults must not make a list of thousands.
/// The entry after <see cref="StsLimits.MaxErrors"/> says that there are more, and nothing is added after it.
/// </summary>
internal sealed class SyntaxErrorList
{
    private const int MostQuoted = 40;

    private readonly List<SyntaxError> _items = [];

    public bool IsFull => _items.Count > StsLimits.MaxErrors;

    public int Count => _items.Count;

    public void Add(string code, string? field, int? line, string message, string? rfc)
    {
        if (_items.Count < StsLimits.MaxErrors)
        {
            _items.Add(new SyntaxError(code, field, line, message, rfc));
        }
        else if (_items.Count == StsLimits.MaxErrors)
        {
            _items.Add(new SyntaxError(SyntaxCodes.TooMany, null, line, $"Only the first {StsLimits.MaxErrors} are listed.", null));
        }
    }

    public IReadOnlyList<SyntaxError> ToList() => Array.AsReadOnly(_items.ToArray());

    /// <summary>A part of the input for a message: short, and without anything that a terminal or a page would obey.</summary>
    public static string Quote(ReadOnlySpan<char> text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var rune in text[..Math.Min(text.Length, MostQuoted)].EnumerateRunes())
        {
            var printable = Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse
                or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
            quoted.Append(printable ? rune.ToString() : $"\\u{{{rune.Value:X}}}");
        }

        return quoted.Append(text.Length > MostQuoted ? "…\"" : "\"").ToString();
    }

    public static string Quote(ReadOnlySpan<byte> utf8) =>
        // A character has at most four bytes; what is cut in the middle falls behind the shortening.
        Quote(Encoding.UTF8.GetString(utf8[..Math.Min(utf8.Length, 4 * (MostQuoted + 1))]));
}
