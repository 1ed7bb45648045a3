namespace MtaSts.Host.Commands;

/// <summary>What scripts hold on to.</summary>
internal static class ExitCodes
{
    /// <summary>Done; valid; a match.</summary>
    public const int Yes = 0;

    /// <summary>Not done; not valid; no match.</summary>
    public const int No = 1;

    /// <summary>The command line, a setting or an input cannot be read.</summary>
    public const int Usage = 2;
}
