namespace MtaSts.Host.Commands;

internal static class StandardError
{
    /// <summary>One line, whatever the message holds: those of others have line ends, and quote what was typed.</summary>
    public static void Complain(string message)
    {
        var line = string.Concat(message.Select(character => char.IsControl(character) ? ' ' : character));
        Console.Error.WriteLine($"mtasts: {string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries))}");
    }
}
