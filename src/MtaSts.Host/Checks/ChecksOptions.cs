namespace MtaSts.Host.Checks;

/// <summary>Section `Checks`.</summary>
internal sealed class ChecksOptions
{
    /// <summary>What happens to an edit that would keep senders from delivering.</summary>
    public GuardMode Guard { get; set; } = GuardMode.Refuse;

    /// <summary>PEM file of roots that checks trust beside those of the system: for a network with a CA of its own. Empty: none.</summary>
    public string TrustedRoots { get; set; } = "";
}
