namespace MtaSts.Acme;

/// <summary>A CA's words, made fit for logs and people.</summary>
internal static class PlainText
{
    public static string Cut(string text, int most)
    {
        var cut = text.Length <= most ? text : string.Concat(text.AsSpan(0, most), "…");
        // Format characters too: right-to-left marks turn a line around.
        return string.Concat(cut.Select(letter => char.IsControl(letter) || char.GetUnicodeCategory(letter) == System.Globalization.UnicodeCategory.Format ? ' ' : letter)).Trim();
    }
}
