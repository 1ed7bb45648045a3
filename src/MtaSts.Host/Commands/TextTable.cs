namespace MtaSts.Host.Commands;

/// <summary>Columns for people.</summary>
internal static class TextTable
{
    /// <param name="output">Where to.</param>
    /// <param name="rows">All with as many cells; the last column is as long as it is.</param>
    /// <param name="width">Columns of the terminal, to which lines are cut; null: they are not.</param>
    public static void Write(TextWriter output, IReadOnlyList<string[]> rows, int? width)
    {
        var columns = rows[0].Length;
        var widths = Enumerable.Range(0, columns - 1).Select(column => rows.Max(row => row[column].Length)).ToList();
        foreach (var row in rows)
        {
            var line = Clean(string.Join("  ", row.Select((cell, column) => column < columns - 1 ? cell.PadRight(widths[column]) : cell)).TrimEnd());
            output.WriteLine(line.Length > width ? line[..(width.Value - 1)] + "…" : line);
        }
    }

    /// <summary>What a CA or a name server said must not steer a terminal.</summary>
    public static string Clean(string text) => string.Concat(text.Select(character => char.IsControl(character) ? ' ' : character));
}
