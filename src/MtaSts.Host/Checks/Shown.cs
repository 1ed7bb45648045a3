namespace MtaSts.Host.Checks;

/// <summary>What strangers have sent, as it may stand in a report: one line, not long, no control characters. Pure.</summary>
internal static class Shown
{
    private const int Longest = 200;

    public static string Of(string text)
    {
        var cut = text.Length <= Longest ? text : text[..(Longest - 1)] + "…";
        // Also what turns the reading direction or hides itself (Unicode's format characters): a terminal would obey it.
        return string.Concat(cut.Select(letter => char.IsControl(letter) || char.GetUnicodeCategory(letter) is System.Globalization.UnicodeCategory.Format or System.Globalization.UnicodeCategory.LineSeparator or System.Globalization.UnicodeCategory.ParagraphSeparator ? '\uFFFD' : letter));
    }
}
