using System.Globalization;
using System.Text;

namespace MtaSts.Host.Notices;

/// <summary>Foreign words as part of one line. Pure.</summary>
internal static class NoticeText
{
    /// <summary>Control characters, line ends of Unicode, what turns the reading direction, and halves of pairs become blanks; longer texts are cut.</summary>
    public static string Line(string text, int longest = 1000)
    {
        var line = new StringBuilder(Math.Min(text.Length, longest));
        foreach (var rune in text.EnumerateRunes())
        {
            if (line.Length >= longest - 1)
            {
                return line.Append('…').ToString();
            }

            var isUnfit = Rune.IsControl(rune) || rune == Rune.ReplacementChar
                || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate;
            line.Append(isUnfit ? " " : rune.ToString());
        }

        return line.ToString();
    }
}
